// Opens a page as a person would, and prints as JSON what went wrong in it:
//   node open_page.mjs BROWSER PAGE WIDTH HEIGHT light|dark [SCREENSHOT whole|seen]
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import puppeteer from "puppeteer-core"

const [executablePath, file, width, height, scheme, path, extent] = process.argv.slice(2)
const page_url = pathToFileURL(file).href
const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]

// On a crowded machine a browser may die while it starts, which tells nothing of the page.
async function launch(attempts) {
  try {
    return await puppeteer.launch({ executablePath, args, headless: "shell" })
  } catch (failure) {
    if (attempts === 1) throw failure
    return launch(attempts - 1)
  }
}

const browser = await launch(3)
try {
  const page = await browser.newPage()
  await page.setViewport({ width: Number(width), height: Number(height) })
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }])
  const errors = [], requests = []
  page.on("pageerror", error => errors.push(String(error)))
  page.on("console", told => { if (told.type() === "error") errors.push(told.text()) })
  page.on("request", request => { if (request.url() !== page_url && !request.url().startsWith("data:")) requests.push(request.url()) })
  await page.goto(page_url, { waitUntil: "load" })
  if (path) await page.screenshot({ path, fullPage: extent === "whole" })
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"))
  const { violations } = await page.evaluate(() => axe.run())
  const faults = violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.map(each => each.target.join(" ")) }))
  const measured = await page.evaluate(() => document.querySelector("#measured")?.textContent ?? null)
  console.log(JSON.stringify({ title: await page.title(), errors, requests, wider, faults, measured }))
} finally {
  await browser.close()
}
