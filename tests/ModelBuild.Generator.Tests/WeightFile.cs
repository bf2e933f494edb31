using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ModelBuild.Generator.Tests;

/// <summary>Writes the weight file of a small plan, after the description of the format and not with the code of the compiler.</summary>
internal static class WeightFile
{
    public const int HeaderLength = 64;

    /// <summary>Floats, filled up with zeros to a multiple of 64 bytes.</summary>
    public static byte[] Payload(float[] weights)
    {
        byte[] payload = new byte[(weights.Length + 15) / 16 * 64];
        MemoryMarshal.AsBytes(weights.AsSpan()).CopyTo(payload);
        return payload;
    }

    public static string Hash(byte[] payload) => Convert.ToHexStringLower(SHA256.HashData(payload));

    public static byte[] Create(byte[] payload)
    {
        byte[] file = new byte[HeaderLength + payload.Length];
        "MODELBW1"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(16), (ulong)payload.Length);
        SHA256.HashData(payload, file.AsSpan(32));
        payload.CopyTo(file, HeaderLength);
        return file;
    }
}
