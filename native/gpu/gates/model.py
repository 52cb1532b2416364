"""Modelled times: an estimate from a kernel's work and a device's peaks, to rank variants and to notice regressions. None of
it was measured; every constant is an assumption until check-on-gpu has refitted it.

  t = max(bytes / bandwidth, operations / (efficiency · peak)) + launch
  bandwidth = min(0.85 · peak, bytes in flight on all SMs / latency) · coalescing
"""
import dataclasses

REACHED_BANDWIDTH = 0.85
LATENCY = 700e-9  # seconds, of DRAM under load
LAUNCH = 2.5e-6  # seconds
VECTOR_EFFICIENCY = 0.7  # of the fp32 peak, for kernels without tensor cores


@dataclasses.dataclass(frozen=True)
class Work:
    """What a launch of a stated shape has to do at least. unit: tensor16, tensor8 or fp32."""
    shape: str
    bytes: float
    operations: float = 0.0
    unit: str = "fp32"


@dataclasses.dataclass(frozen=True)
class Modelled:
    microseconds: float
    roofline: float  # floor / modelled time


def modelled(measurement, work, device, coalescing=1.0):
    efficiency = VECTOR_EFFICIENCY if work.unit == "fp32" else device.mma_efficiency
    peak = getattr(device, work.unit)
    in_flight = max(measurement.in_flight, 1) * device.sms / LATENCY
    bandwidth = min(REACHED_BANDWIDTH * device.bandwidth, in_flight) * coalescing
    seconds = max(work.bytes / bandwidth, work.operations / (efficiency * peak)) + LAUNCH
    floor = max(work.bytes / device.bandwidth, work.operations / peak)
    return Modelled(seconds * 1e6, floor / seconds)
