"""Reads kernels out of a cubin: a 64-bit ELF file whose section .text.<kernel> holds 16-byte instructions, and whose
section .nv.info.<kernel> holds attributes such as the launch bounds."""
import collections
import struct

Kernel = collections.namedtuple("Kernel", "code threads")  # code: [(low, high) 64-bit halves]; threads: launch bound
SECTION = struct.Struct("<IIQQQQIIQQ")
MAX_THREADS, WITH_SIZE = 0x05, 4  # an attribute; the format of attributes that are followed by so many bytes


def sections(data):
    """(name, contents) of every section that has contents in the file."""
    if data[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF file")
    table, = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    headers = [SECTION.unpack_from(data, table + SECTION.size * i) for i in range(count)]
    strings = headers[names][4]
    for name, kind, _, _, offset, size, *_ in headers:
        start = strings + name
        text = data[start:data.index(b"\0", start)].decode()
        yield text, (b"" if kind == 8 else data[offset:offset + size])  # 8: SHT_NOBITS


def launch_bound(info):
    """Threads per block that the kernel was compiled for."""
    offset = 0
    while offset + 4 <= len(info):
        form, attribute, size = struct.unpack_from("<BBH", info, offset)
        offset += 4
        if form == WITH_SIZE:
            if attribute == MAX_THREADS:
                x, y, z = struct.unpack_from("<III", info, offset)
                return x * y * z
            offset += size
    return None


def read(data):
    """{name: Kernel} of a cubin's bytes."""
    contents = dict(sections(data))
    kernels = {}
    for name, text in contents.items():
        if name.startswith(".text."):
            kernel = name[len(".text."):]
            code = list(struct.iter_unpack("<QQ", text))
            kernels[kernel] = Kernel(code, launch_bound(contents.get(".nv.info." + kernel, b"")))
    return kernels
