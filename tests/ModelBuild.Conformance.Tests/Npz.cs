using System.Runtime.InteropServices;
using ModelBuild.Compiler.Calibration;

namespace ModelBuild.Conformance.Tests;

/// <summary>The inputs and outputs that ONNX Runtime has left beside a model: arrays <c>in_NAME</c> and <c>out_NAME</c> of float32.</summary>
internal static class Npz
{
    public static (float[] Values, long[] Dimensions) ReadFloats(string file, string prefix)
    {
        using NpzReader archive = NpzReader.Open(file);
        using NpyReader array = archive.OpenArray(archive.Arrays.Single(a => a.StartsWith(prefix, StringComparison.Ordinal)));
        var values = new float[array.Dimensions.Aggregate(1L, (product, d) => product * d)];
        array.Read(MemoryMarshal.AsBytes(values.AsSpan()));
        return (values, [.. array.Dimensions]);
    }
}
