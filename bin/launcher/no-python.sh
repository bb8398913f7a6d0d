# Where no Python is found at all: says so, in MCP (no-python.sh server) or on standard error (no-python.sh cli).
# shellcheck shell=sh
if command -v uv >/dev/null 2>&1; then
  mend='uv python install 3.11'
else
  mend='curl -LsSf https://astral.sh/uv/install.sh | sh && ~/.local/bin/uv python install 3.11'
fi
sentence="ml-clusters cannot start: no Python is on PATH. Run \`$mend\`, then start it again (in Claude Code: /mcp, reconnect)."
if [ "$1" != server ]; then
  echo "$sentence" >&2
  exit 127
fi

info='{"name":"ml-clusters","version":"0"}'
tool='{"name":"setup_status","description":"Says what ml-clusters lacks to start and the command that mends it.","inputSchema":{"type":"object","properties":{}},"annotations":{"readOnlyHint":true}}'
# Members of the 2026-07-28 protocol do no harm in the earlier ones, so one answer serves both.
modern="\"resultType\":\"complete\",\"ttlMs\":0,\"cacheScope\":\"private\",\"_meta\":{\"io.modelcontextprotocol/serverInfo\":$info}"

while IFS= read -r line; do
  method=$(printf '%s' "$line" | sed -nE 's/.*"method" *: *"([^"]*)".*/\1/p')
  id=$(printf '%s' "$line" | sed -nE 's/.*"id" *: *("[^"]*"|-?[0-9]+).*/\1/p')
  [ -n "$id" ] || continue
  case $method in
    server/discover) answer="\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{}},\"instructions\":\"$sentence\",$modern}" ;;
    initialize) answer="\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":$info,\"instructions\":\"$sentence\"}" ;;
    tools/list) answer="\"result\":{\"tools\":[$tool],$modern}" ;;
    tools/call) answer="\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"$sentence\"}],\"isError\":false,$modern}" ;;
    *) answer='"error":{"code":-32601,"message":"Method not found"}' ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$answer"
done
