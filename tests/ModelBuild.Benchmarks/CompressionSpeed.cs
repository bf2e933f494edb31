using System.Diagnostics;
using System.IO.Compression;
using ModelBuild.Compiler;
using ModelBuild.Runtime;

namespace ModelBuild.Benchmarks;

/// <summary>
/// What weights take at rest in our coder and in those of the framework, and how fast each opens them: by turns in one process, medians.
/// </summary>
internal static class CompressionSpeed
{
    private const int Turns = 15;

    /// <param name="arguments">
    /// An ONNX file, its calibration file where the mode needs one, and <c>--mode=int8</c> before them where it is not fp32.
    /// </param>
    public static void Write(TextWriter output, string[] arguments)
    {
        ModelMode mode = ModelMode.Fp32;
        if (arguments is [{ } first, ..] && first.StartsWith("--mode=", StringComparison.Ordinal))
        {
            mode = ModelModeNames.TryRead(first["--mode=".Length..], out ModelMode read, out string? way)
                ? read : throw new ArgumentException($"'{first}' names no mode. {way}", nameof(arguments));
            arguments = arguments[1..];
        }

        var options = new CompileOptions
        {
            ModelPath = arguments[0], CalibrationFiles = arguments[1..], Mode = mode, ClassName = "Model", ResourceName = "Model",
        };
        (byte[] plain, string hash) = Compile(options);
        (byte[] ours, string ownHash) = Compile(options with { Compress = true });
        byte[] brotli = Pack(plain, s => new BrotliStream(s, CompressionLevel.SmallestSize));
        byte[] fast = Pack(plain, s => new BrotliStream(s, CompressionLevel.Optimal));
        byte[] deflate = Pack(plain, s => new DeflateStream(s, CompressionLevel.SmallestSize));
        byte[] buffer = new byte[plain.Length];
        (string Name, byte[] Bytes, Action Open)[] forms =
        [
            ("as it is, copied", plain, () => ModelWeights.Load(plain, hash)),
            ("Compress", ours, () => ModelWeights.Load(ours, ownHash)),
            ("Brotli, smallest", brotli, () => Unpack(new BrotliStream(new MemoryStream(brotli), CompressionMode.Decompress), buffer)),
            ("Brotli, optimal", fast, () => Unpack(new BrotliStream(new MemoryStream(fast), CompressionMode.Decompress), buffer)),
            ("Deflate, smallest", deflate, () => Unpack(new DeflateStream(new MemoryStream(deflate), CompressionMode.Decompress), buffer)),
        ];
        var times = new double[forms.Length, Turns];
        for (int turn = -3; turn < Turns; turn++)
        {
            for (int i = 0; i < forms.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                forms[i].Open();
                times[i, Math.Max(turn, 0)] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        output.WriteLine($"{Path.GetFileName(arguments[0])}, {mode.Word()}; {Environment.ProcessorCount} processors");
        output.WriteLine();
        output.WriteLine("form                        bytes   of the plain file      ms to open   MB/s of the plain file");
        for (int i = 0; i < forms.Length; i++)
        {
            double median = Enumerable.Range(0, Turns).Select(turn => times[i, turn]).Order().ElementAt(Turns / 2);
            output.WriteLine(
                $"{forms[i].Name,-20}   {forms[i].Bytes.Length,10:N0}   {(double)forms[i].Bytes.Length / plain.Length,17:P1}   "
                    + $"{median,13:F2}   {plain.Length / median / 1e3,22:N0}");
        }
    }

    private static (byte[] Weights, string Hash) Compile(CompileOptions options)
    {
        using CompileResult result = ModelCompiler.Compile(options);
        using var stream = new MemoryStream();
        result.WriteWeights(stream);
        byte[] weights = stream.ToArray();
        return (weights, Convert.ToHexString(weights.AsSpan(32, 32)));
    }

    private static byte[] Pack(byte[] bytes, Func<Stream, Stream> open)
    {
        using var packed = new MemoryStream();
        using (Stream stream = open(packed))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private static void Unpack(Stream stream, byte[] buffer)
    {
        using (stream)
        {
            stream.ReadExactly(buffer);
        }
    }
}
