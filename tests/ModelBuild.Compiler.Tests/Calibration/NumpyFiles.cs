using System.IO.Compression;
using System.Text;

namespace ModelBuild.Compiler.Tests.Calibration;

/// <summary>Writes .npy and .npz files into a folder of its own, byte by byte as NumPy's format description says.</summary>
internal sealed class NumpyFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("modelbuild-");

    /// <summary>The bytes of a .npy file.</summary>
    public static byte[] Npy(string type, string shape, ReadOnlySpan<byte> data, bool fortran = false, int version = 1) =>
        Npy($"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}", data, version);

    public static byte[] Npy(string header, ReadOnlySpan<byte> data, int version = 1)
    {
        int prefix = version == 1 ? 10 : 12;
        string padded = header.PadRight(((prefix + header.Length + 64) / 64 * 64) - prefix - 1) + "\n";
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write([0x93, .. "NUMPY"u8, (byte)version, 0]);
        if (version == 1)
        {
            writer.Write((ushort)padded.Length);
        }
        else
        {
            writer.Write(padded.Length);
        }

        writer.Write(Encoding.UTF8.GetBytes(padded));
        writer.Write(data);
        return stream.ToArray();
    }

    public static byte[] Bytes<T>(params ReadOnlySpan<T> values)
        where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();

    public string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string WriteNpz(string name, CompressionLevel level, params ReadOnlySpan<(string Array, byte[] Npy)> arrays)
    {
        string path = Path.Combine(_folder.FullName, name);
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string array, byte[] npy) in arrays)
        {
            using Stream entry = zip.CreateEntry(array + ".npy", level).Open();
            entry.Write(npy);
        }

        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
