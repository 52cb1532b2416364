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


# Of AMD devices only the peaks: bytes/s, 16-bit and 8-bit matrix operations/s, fp32 flop/s. Data sheets; gfx90a: one of the two
# halves of an MI250X, which the system shows as a device each. gfx1030 has no matrix cores.
AMD = {"gfx90a": (1.6e12, 191.5e12, 191.5e12, 23.9e12, "MI250X (half)"),
       "gfx1030": (0.512e12, 46.1e12, 92.2e12, 23.0e12, "RX 6900 XT")}


def peaks():
    """Lines for the programs of check-on-gpu."""
    for d in DEVICES.values():
        yield f"sm_{d.arch} {d.bandwidth:g} {d.tensor16:g} {d.tensor8:g} {d.fp32:g} {d.name}"
    for name, (bandwidth, tensor16, tensor8, fp32, device) in AMD.items():
        yield f"{name} {bandwidth:g} {tensor16:g} {tensor8:g} {fp32:g} {device}"


if __name__ == "__main__":
    print("\n".join(peaks()))
