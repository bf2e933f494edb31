using System.Buffers.Binary;
using System.Numerics;

namespace ModelBuild.Runtime;

/// <summary>The cyclic redundancy check of Castagnoli's polynomial, which processors compute eight bytes at a time.</summary>
internal static class Crc32C
{
    /// <summary>The check of some bytes, inverted at both ends as iSCSI has it.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
