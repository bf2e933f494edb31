using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Calibration;

/// <summary>Folders as ONNX's backend tests and model zoo have them, written field by field.</summary>
public sealed class OnnxTestDataTests : IDisposable
{
    private static readonly Dimension s_batch = Dimension.Symbol("batch");
    private static readonly Value[] s_inputs = [Input("x", DataType.Float32, s_batch, 2), Input("mask", DataType.Int64, s_batch, 1)];
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Samples_FilesOfOneFolder_BelongTogether()
    {
        string[] files =
        [
            Floats("test_data_set_0/input_0.pb", "", [1, 2], 1, 2), Int64("test_data_set_0/input_1.pb", "", 7, 1, 1),
            Floats("test_data_set_1/input_0.pb", "", [3, 4], 1, 2), Int64("test_data_set_1/input_1.pb", "", 8, 1, 1),
        ];
        Check(CalibrationData.Open(files, s_inputs));

        // The outputs beside them are no samples.
        Check(CalibrationData.Open([.. files, Floats("test_data_set_0/output_0.pb", "y", [9], 1)], s_inputs));
    }

    /// <summary>Names decide where tensors bear those of the inputs.</summary>
    [Fact]
    public void Samples_TensorsWithNames_AreTakenByName()
    {
        string[] files =
        [
            Int64("a/input_0.pb", "mask", 7, 1, 1), Floats("a/input_1.pb", "x", [1, 2], 1, 2),
            Int64("b/input_0.pb", "mask", 8, 1, 1), Floats("b/input_1.pb", "x", [3, 4], 1, 2),
        ];
        Check(CalibrationData.Open(files, s_inputs));
    }

    [Fact]
    public void Samples_OneTensorForOneInput_MayHaveAnyName() => Assert.Equal(
        2, CalibrationData.Open([Floats("images.pb", "anything", [1, 2, 3, 4], 2, 2)], s_inputs[..1]).Count);

    [Fact]
    public void Open_TensorIsMissing_NamesFolderAndInput()
    {
        Finding finding = Assert.Single(Assert.Throws<CompilationException>(
            () => CalibrationData.Open([Floats("set/input_0.pb", "", [1, 2], 1, 2)], s_inputs)).Findings);
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Contains("set", finding.Message, StringComparison.Ordinal);
        Assert.Contains("add input_1.pb", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_DamagedTensor_IsReadOrAnErrorAndNothingElse()
    {
        byte[] whole = File.ReadAllBytes(Floats("input_0.pb", "x", [1, 2, 3, 4], 2, 2));
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0xff;
            foreach (byte[] content in new[] { damaged, whole[..i] })
            {
                string file = _files.Write("input_0.pb", content);
                try
                {
                    _ = CalibrationData.Open([file], s_inputs[..1]).Samples().Count();
                }
                catch (CompilationException e)
                {
                    Assert.All(e.Findings, f => Assert.StartsWith("MODELB200", f.Code, StringComparison.Ordinal));
                }
            }
        }
    }

    private static void Check(CalibrationData data)
    {
        IReadOnlyDictionary<string, Tensor>[] samples = [.. data.Samples()];
        Assert.Equal(2, data.Count);
        Assert.Equal([[1f, 2f], [3f, 4f]], samples.Select(s => s["x"].ToFloats()));
        Assert.Equal([7L, 8], samples.Select(s => s["mask"].ToInt64s()[0]));
    }

    private string Floats(string path, string name, float[] values, params long[] dimensions) =>
        Write(path, 1, name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()), dimensions);

    private string Int64(string path, string name, long value, params long[] dimensions) =>
        Write(path, 7, name, BitConverter.GetBytes(value), dimensions);

    private string Write(string path, int type, string name, ReadOnlySpan<byte> raw, long[] dimensions)
    {
        var message = new ProtoMessage();
        foreach (long dimension in dimensions)
        {
            message.Int(1, dimension);
        }

        return _files.Write(path, message.Int(2, type).Text(8, name).Bytes(9, raw).ToArray());
    }

    private static Value Input(string name, DataType type, params Dimension[] shape) => new(name) { Type = type, Shape = new Shape(shape) };
}
