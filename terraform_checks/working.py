"""Runs the checks of modules side by side."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from terraform_checks.checks import CHECKS, Work
from terraform_checks.machine import Machine
from terraform_checks.modules import CLUSTER_CONFIGS, MODULES, Module
from terraform_checks.outcomes import Check, Entry, skipped
from terraform_checks.scanning import scan

_ALL = "all modules"
_LEFT_BEHIND = (".terraform", ".terraform.lock.hcl", ".terragrunt-cache", "*.tfstate", "*.tfstate.*")
Begun = Callable[[str, Check], None]
# A job's name, and what came of it.
Had = tuple[str, list[Entry]]


@dataclass(frozen=True)
class Workshop:
    """The modules, where they and the tools' configurations are, and a folder for copies.

    All modules are copied, for one may call another, and cluster-configs/ as it is beside them, once for each check, so
    that none sees what another makes.
    """

    modules: list[Module]
    terraform: Path
    machine: Machine
    copies: Path

    def work(self, checks: Collection[Check], workers: int, begun: Begun) -> Iterator[Had]:
        """What each job had, as it ends: all checks of one module, or one check of all modules."""
        for check in checks:
            self._copy(check)
        jobs = [partial(self._scan, begun)] if Check.CHECKOV in checks else []
        # The largest first, so that none of them is left to one worker at the end.
        by_size = sorted(self.modules, key=lambda each: each.size, reverse=True)
        jobs += [
            partial(self._check, module, checks, begun)
            for module in by_size
            if any(map(module.concerns, {*checks} & {*CHECKS}))
        ]
        with ThreadPoolExecutor(workers) as pool:
            futures = [pool.submit(job) for job in jobs]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _copy(self, check: Check) -> None:
        ignore = shutil.ignore_patterns(*_LEFT_BEHIND)
        for folder in (MODULES, CLUSTER_CONFIGS):
            if (self.terraform.parent / folder).is_dir():
                shutil.copytree(self.terraform.parent / folder, self.copies / check / folder, ignore=ignore)

    def _check(self, module: Module, checks: Collection[Check], begun: Begun) -> Had:
        work = Work(module, self.copies, self.terraform, self.machine)
        entries: list[Entry] = []
        for check, of_module in CHECKS.items():
            if check in checks and module.concerns(check):
                begun(module.name, check)
                start = time.monotonic()
                outcome = of_module(work) if self.machine.has(check) else skipped(self.machine.why_not(check))
                entries.append(Entry(module.name, check, outcome, time.monotonic() - start))
        return module.name, entries

    def _scan(self, begun: Begun) -> Had:
        names = [module.name for module in self.modules]
        begun(_ALL, Check.CHECKOV)
        start = time.monotonic()
        if self.machine.has(Check.CHECKOV):
            config = self.terraform / ".checkov.yaml"
            outcomes = scan(self.machine.program(Check.CHECKOV), self.copies / Check.CHECKOV / MODULES, config, names)
        else:
            outcomes = dict.fromkeys(names, skipped(self.machine.why_not(Check.CHECKOV)))
        # They were scanned at once: each has its share of the time.
        share = (time.monotonic() - start) / len(names)
        return _ALL, [Entry(name, Check.CHECKOV, outcome, share) for name, outcome in outcomes.items()]
