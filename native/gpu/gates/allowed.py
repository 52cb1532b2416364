"""The allow-list: allowed.txt names kernels that may miss a gate, how far, and why. One that is no longer needed fails."""
import dataclasses
import fnmatch
import pathlib


@dataclasses.dataclass
class Allowance:
    pattern: str
    gate: str
    arch: str  # sm_NN, gfxNN or *
    bound: float
    reason: str
    line: int
    used: bool = False

    def covers(self, finding):
        if not (fnmatch.fnmatchcase(finding.kernel, self.pattern) and self.gate == finding.gate
                and self.arch in ("*", finding.arch_name)):
            return False
        self.used = True
        return finding.value >= self.bound if finding.least else finding.value <= self.bound


def parse(text):
    """Lines `kernel | gate | architecture | how far | reason`; # starts a comment."""
    allowances = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            fields = [field.strip() for field in line.split("|", 4)]
            if len(fields) != 5 or not fields[4]:
                raise ValueError(f"allowed.txt:{number}: five fields are needed, with a reason: {line}")
            allowances.append(Allowance(fields[0], fields[1], fields[2], float(fields[3]), fields[4], number))
    return allowances


def load():
    return parse((pathlib.Path(__file__).resolve().parent / "allowed.txt").read_text())


def judge(findings, allowances, gates, archs, complete):
    """Splits off what is allowed. Returns (findings that remain, entries that nothing needed). Entries for gates or
    architectures that were not looked at are left alone; complete: all architectures were."""
    remaining = [finding for finding in findings if not any([a.covers(finding) for a in allowances])]
    unused = [a for a in allowances
              if not a.used and a.gate in gates and (a.arch == "*" and complete or a.arch in archs)]
    return remaining, unused
