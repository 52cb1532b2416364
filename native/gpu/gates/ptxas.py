"""Reads the reports that ptxas -v writes."""
import dataclasses
import re


@dataclasses.dataclass
class Report:
    """What one kernel uses, in registers per thread and bytes; shared: static shared memory per block."""
    registers: int = 0
    stack: int = 0
    spill_stores: int = 0
    spill_loads: int = 0
    shared: int = 0


ENTRY = re.compile(r"Compiling entry function '([^']+)' for '(sm_\d+)\w*'")
STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+)(?:\+\d+)? bytes smem")


def parse(log):
    """{kernel: Report} of one log."""
    reports, current = {}, None
    for line in log.splitlines():
        entry = ENTRY.search(line)
        if entry:
            current = reports.setdefault(entry.group(1), Report())
        elif current:
            read_properties(current, line)
    return reports


def read_properties(report, line):
    stack, registers, shared = STACK.search(line), REGISTERS.search(line), SHARED.search(line)
    if stack:
        report.stack, report.spill_stores, report.spill_loads = map(int, stack.groups())
    if registers:
        report.registers = int(registers.group(1))
    if shared:
        report.shared = int(shared.group(1))
