"""One device for each architecture that kernels are compiled for: what the modelled times and occupancies assume. Limits per
SM: CUDA C++ Programming Guide, "Compute Capabilities". Peaks: the makers' data sheets, dense, 16-bit inputs with 32-bit
accumulation; mma_efficiency: the part of the peak that mma.sync is assumed to reach (on sm_90 published measurements give
63-65 % as its ceiling, arXiv:2501.12084; on sm_100 nothing is published, a guess)."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Device:
    name: str
    arch: int
    sms: int
    threads: int  # per SM
    shared: int  # bytes per SM
    shared_block: int  # bytes per block that opts in
    bandwidth: float  # bytes/s
    tensor16: float  # flop/s, bf16 and f16
    tensor8: float  # op/s, int8
    fp32: float  # flop/s outside tensor cores
    mma_efficiency: float

    @property
    def major(self):
        return self.arch // 10

    @property
    def minor(self):
        return self.arch % 10


KB = 1024
DEVICES = {device.arch: device for device in (
    Device("A100 SXM", 80, 108, 2048, 164 * KB, 163 * KB, 2.039e12, 312e12, 624e12, 19.5e12, 0.85),
    Device("RTX 3090", 86, 82, 1536, 100 * KB, 99 * KB, 0.936e12, 71e12, 284e12, 35.6e12, 0.85),
    Device("L40S", 89, 142, 1536, 100 * KB, 99 * KB, 0.864e12, 362e12, 733e12, 91.6e12, 0.85),
    Device("H100 SXM", 90, 132, 2048, 228 * KB, 227 * KB, 3.35e12, 989e12, 1979e12, 67e12, 0.45),
    Device("B200", 100, 148, 2048, 228 * KB, 227 * KB, 8.0e12, 2250e12, 4500e12, 80e12, 0.20),
    Device("RTX 5090", 120, 170, 1536, 100 * KB, 99 * KB, 1.792e12, 209e12, 838e12, 104.8e12, 0.85),
)}
