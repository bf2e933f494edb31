using System.Runtime.InteropServices;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>What the interpreter reads is what the runtime reads from the file.</summary>
public sealed class PackedWeightsTests
{
    [Fact]
    public void WriteTo_RawAndHalfConstants_AreWhatTheRuntimeLoads()
    {
        var writer = new WeightWriter();
        int[] ids =
        [
            writer.Add("floats", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2, 3.25f]), asHalf: false),
            writer.Add("halves", PlanType.F32, ConstantFormats.Plain, Bytes<float>([-0.5f, 65504]), asHalf: true),
            writer.Add(
                "bytes", PlanType.S8, ConstantFormats.Plain, Bytes<sbyte>([.. Enumerable.Range(-50, 100).Select(i => (sbyte)i)]),
                asHalf: false),
            writer.Add(
                "more halves", PlanType.F32, ConstantFormats.Plain, Bytes<float>([.. Enumerable.Range(0, 40).Select(i => (float)i)]),
                asHalf: true),
        ];
        PackedWeights weights = writer.Finish();
        using var file = new MemoryStream();
        weights.WriteTo(file);

        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);
        PlanConstant[] layout = [.. weights.Layout()];

        Assert.Equal(weights.Length, file.Length);
        Assert.Equal([0, 1, 2, 3], ids);
        Assert.All(layout, c => Assert.Equal(0, c.Offset % 64));
        foreach (int id in (int[])[0, 1, 3])
        {
            Assert.Equal(weights.Span<float>(id), loaded.Span<float>(layout[id].Offset, layout[id].Length));
        }

        Assert.Equal(weights.Span<sbyte>(2), loaded.Span<sbyte>(layout[2].Offset, layout[2].Length));
        Assert.Equal([-0.5f, 65504], weights.Span<float>(1));
    }

    [Fact]
    public void Add_EqualConstantsOfOneTypeAndFormat_AreStoredOnce()
    {
        var writer = new WeightWriter();

        Assert.Equal(0, writer.Add("a", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2]), asHalf: false));
        Assert.Equal(0, writer.Add("b", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2]), asHalf: false));
        Assert.Equal(1, writer.Add("c", PlanType.S32, ConstantFormats.Plain, Bytes<float>([1, 2]), asHalf: false));
        Assert.Equal(2, writer.Add("d", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2]), asHalf: true));
        Assert.Equal(3, writer.Add("e", PlanType.F32, ConstantFormats.Channels, Bytes<float>([1, 2]), asHalf: false));
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
