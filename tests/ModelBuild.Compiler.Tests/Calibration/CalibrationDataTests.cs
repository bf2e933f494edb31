using System.IO.Compression;
using System.Text;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using static ModelBuild.TestSupport.NumpyFile;

namespace ModelBuild.Compiler.Tests.Calibration;

public sealed class CalibrationDataTests : IDisposable
{
    private static readonly Dimension Batch = Dimension.Symbol("batch");
    private static readonly Value Pixels = Input("pixels", DataType.Float32, Batch, 2, 2);
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Samples_StackedAndSingleFiles_AreConcatenatedInOrder()
    {
        string stacked = _files.Write("1.npy", Npy("<f4", "(2, 2, 2)", Bytes(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f)));
        string single = _files.Write("2.npy", Npy("<f4", "(2, 2)", Bytes(9f, 10f, 11f, 12f)));
        CalibrationData data = CalibrationData.Open([stacked, single], [Pixels]);

        Assert.Equal(3, data.Count);
        IReadOnlyDictionary<string, Tensor>[] samples = [.. data.Samples()];
        Assert.Equal([[1f, 2f, 3f, 4f], [5f, 6f, 7f, 8f], [9f, 10f, 11f, 12f]], samples.Select(s => s["pixels"].ToFloats()));
        Assert.All(samples, s => Assert.Equal([1L, 2, 2], s["pixels"].Dimensions));
        Assert.Equal(3, data.Samples().Count());
    }

    /// <summary>Every fifth sample of all is held back, however many of them a file has.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Split_SamplesInManyFiles_HoldsBackEveryFifthOfAll(int inFile)
    {
        string[] files =
        [
            .. Enumerable.Range(0, 63).Chunk(inFile).Select(numbers => _files.Write(
                $"{numbers[0]}.npy", Npy("<f4", $"({numbers.Length}, 1)", Bytes([.. numbers.Select(n => (float)n)])))),
        ];

        (CalibrationData kept, CalibrationData? heldBack) =
            CalibrationData.Open(files, [Input("x", DataType.Float32, Batch, 1)]).Split();

        Assert.Equal(Enumerable.Range(0, 63).Where(i => i % 5 == 4).Select(i => (float)i), Values(heldBack!));
        Assert.Equal(Enumerable.Range(0, 63).Where(i => i % 5 != 4).Select(i => (float)i), Values(kept));

        static IEnumerable<float> Values(CalibrationData data) => data.Samples().Select(s => s["x"].ToFloats()[0]);
    }

    [Theory]
    [InlineData(19, null)]
    [InlineData(20, 4)]
    public void Split_FewSamples_HoldsBackNothing(int count, int? heldBack)
    {
        string file = _files.Write("x.npy", Npy("<f4", $"({count}, 1)", Bytes(new float[count])));

        Assert.Equal(heldBack, CalibrationData.Open([file], [Input("x", DataType.Float32, Batch, 1)]).Split().HeldBack?.Count);
    }

    [Fact]
    public void Samples_LeadingDimensionFixedAtOne_AreStackedAlongIt()
    {
        string file = _files.Write("x.npy", Npy("<f4", "(3, 2)", Bytes(1f, 2f, 3f, 4f, 5f, 6f)));
        CalibrationData data = CalibrationData.Open([file], [Input("x", DataType.Float32, 1, 2)]);
        Assert.Equal([[1f, 2f], [3f, 4f], [5f, 6f]], data.Samples().Select(s => s["x"].ToFloats()));
    }

    [Fact]
    public void Samples_InputWithoutBatch_AreStackedAlongANewAxis()
    {
        string file = _files.Write("x.npy", Npy("<f4", "(3, 2)", Bytes(1f, 2f, 3f, 4f, 5f, 6f)));
        CalibrationData data = CalibrationData.Open([file], [Input("x", DataType.Float32, 2)]);
        Assert.Equal(3, data.Count);
        Assert.All(data.Samples(), s => Assert.Equal([2L], s["x"].Dimensions));
    }

    /// <summary>Of a recurrent network whose batch comes second: lengths of sequences are no samples of their own.</summary>
    [Fact]
    public void Samples_FirstDimensionIsAnotherInputsSecond_AreOneSample()
    {
        Value[] inputs = [Input("x", DataType.Float32, 2, Batch), Input("lengths", DataType.Int32, Batch)];
        string file = _files.Write(
            "x.npz",
            Npz(
                CompressionLevel.NoCompression,
                ("x", Npy("<f4", "(2, 3)", Bytes(1f, 2f, 3f, 4f, 5f, 6f))), ("lengths", Npy("<i4", "(3,)", Bytes(1, 2, 2)))));
        CalibrationData data = CalibrationData.Open([file], inputs);

        Assert.Equal(1, data.Count);
        Assert.Equal([3L], Assert.Single(data.Samples())["lengths"].Dimensions);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Samples_SeveralInputs_AdvanceTogether(CompressionLevel level)
    {
        Value[] inputs =
            [Input(
                "ids", DataType.Int64, Batch, Dimension.Symbol("sequence")), Input("rate", DataType.Float32),
                Input("state", DataType.Float32, 2, 1)];
        string file = _files.Write(
            "x.npz",
            Npz(
                level,
                ("in_ids", Npy("<i4", "(2, 3)", Bytes(1, 2, 3, 4, 5, 6))),
                ("rate", Npy("<f8", "()", Bytes(16000.0))),
                ("state", Npy("<f2", "(2, 2, 1)", Bytes<Half>((Half)1, (Half)2, (Half)3, (Half)4)))));
        IReadOnlyDictionary<string, Tensor>[] samples = [.. CalibrationData.Open([file], inputs).Samples()];

        Assert.Equal(2, samples.Length);
        Assert.Equal([4L, 5, 6], samples[1]["ids"].ToInt64s());
        Assert.Equal(DataType.Int64, samples[1]["ids"].Type);
        Assert.Equal([16000f], samples[1]["rate"].ToFloats());
        Assert.Equal([3f, 4f], samples[1]["state"].ToFloats());
    }

    [Fact]
    public void Samples_OneInputAndOneArray_TheNameDoesNotMatter()
    {
        string file = _files.Write("x.npz", Npz(CompressionLevel.Optimal, ("arr_0", Npy("<f4", "(1, 2, 2)", Bytes(1f, 2f, 3f, 4f)))));
        Assert.Equal(1, CalibrationData.Open([file], [Pixels]).Count);
    }

    [Fact]
    public void Open_IntegersForAFloatInput_SaysToScaleThemFirst()
    {
        string file = _files.Write("x.npy", Npy("|u1", "(1, 2, 2)", new byte[4]));
        Finding finding = Fails([file], Pixels);
        Assert.Equal("MODELB2003", finding.Code);
        Assert.Contains("divide by 255", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(4, 3, 2)")]
    [InlineData("(3, 2)")]
    [InlineData("(4,)")]
    [InlineData("(0, 2, 2)")]
    [InlineData("(1, 1, 1, 2, 2)")]
    public void Open_WrongShape_NamesFileArrayAndBothShapes(string shape)
    {
        string file = _files.Write("x.npy", Npy("<f4", shape, new byte[4 * 24]));
        Finding finding = Fails([file], Pixels);
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Equal(file, finding.File);
        Assert.Contains("'x.npy'", finding.Message, StringComparison.Ordinal);
        Assert.Contains("[batch,2,2]", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(7, 5, 6, 3)", "transpose(0, 3, 1, 2)")]
    [InlineData("(0, 3, 5, 6)", "no samples")]
    [InlineData("(7, 3, 6, 5)", "stacked")]
    public void Open_WrongShapeOfImages_SaysWhatToDo(string shape, string remedy)
    {
        string file = _files.Write("x.npy", Npy("<f4", shape, new byte[4 * 7 * 90]));
        Assert.Contains(remedy, Fails([file], Input("x", DataType.Float32, Batch, 3, 5, 6)).Message, StringComparison.Ordinal);
    }

    /// <summary>A batch of 4 is a part of a sample: the array lacks an axis, unless its length does not come out even.</summary>
    [Theory]
    [InlineData("(8, 5)", "A sample is 4 along the first axis: save it with reshape(-1, 4, 5).")]
    [InlineData("(7, 5)", "stacked")]
    [InlineData("(8, 6)", "stacked")]
    public void Open_SamplesForAModelOfOneBatch_SaysHowToReshape(string shape, string remedy)
    {
        string file = _files.Write("x.npy", Npy("<f4", shape, new byte[4 * 48]));
        Finding finding = Fails([file], Input("x", DataType.Float32, 4, 5));
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Contains(remedy, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(7, 1, 28, 28)", 1)]
    [InlineData("(7, 3, 28, 28)", 3)]
    public void Open_ChannelsFirstForAModelThatTakesThemLast_SaysHowToTranspose(string shape, int channels)
    {
        string file = _files.Write("x.npy", Npy("<f4", shape, new byte[4 * 7 * 28 * 28 * channels]));
        Finding finding = Fails([file], Input("x", DataType.Float32, Batch, 28, 28, channels));
        Assert.Contains("transpose(0, 2, 3, 1)", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(200, 28, 28)", 1)]
    [InlineData("(200, 1, 28)", 3)]
    public void Open_ArrayThatLacksAnAxis_SaysWhichOne(string shape, int axis)
    {
        string file = _files.Write("x.npy", Npy("|u1", shape, new byte[200 * 28 * 28]));
        Value input = axis == 1 ? Input("x", DataType.UInt8, Batch, 1, 28, 28) : Input("x", DataType.UInt8, Batch, 1, 28, 1);
        Finding finding = Fails([file], input);
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Contains($"numpy.expand_dims(samples, {axis})", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Only where a row has as many elements as a sample.</summary>
    [Theory]
    [InlineData(784, "reshape(-1, 1, 28, 28)")]
    [InlineData(785, "stacked along the first axis")]
    public void Open_RowsForAModelOfImages_SaysHowToReshape(int columns, string remedy)
    {
        string file = _files.Write("x.npy", Npy("<f4", $"(3, {columns})", new byte[4 * 3 * columns]));
        Finding finding = Fails([file], Input("x", DataType.Float32, Batch, 1, 28, 28));
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Contains(remedy, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SamplesTooLargeToRead_SaysSoAndNotThatTheirShapeIsWrong()
    {
        long elements = (NpyReader.MaximumBytesAtOnce / 8) + 1;
        var header = new MemoryStream(Npy("|u1", $"(1, {elements})", []));
        NpyReader reader = NpyReader.Open(header, long.MaxValue, "x.npy", "x");
        var exception = Assert.Throws<CompilationException>(
            () => new SampleArray(reader, Input("x", DataType.UInt8, Batch, elements), "x.npy", isStacked: true));
        Assert.Equal("MODELB2003", exception.Findings[0].Code);
        Assert.Contains($"{elements} elements", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 3)]
    public void Open_SymbolWithTwoSizes_IsAnError(int first, int second)
    {
        Dimension sequence = Dimension.Symbol("sequence");
        string file = _files.Write(
            "x.npz",
            Npz(
                CompressionLevel.Optimal, ("a", Npy("<f4", $"(1, {first})", new byte[4 * first])),
                ("b", Npy("<f4", $"(1, {second})", new byte[4 * second]))));
        Finding finding = Fails([file], Input("a", DataType.Float32, Batch, sequence), Input("b", DataType.Float32, Batch, sequence));
        Assert.Equal("MODELB2002", finding.Code);
        Assert.Contains($"'sequence' is {first}", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DifferentNumbersOfSamples_IsAnError()
    {
        string file = _files.Write(
            "x.npz", Npz(CompressionLevel.Optimal, ("a", Npy("<f4", "(2, 1)", new byte[8])), ("b", Npy("<f4", "(3, 1)", new byte[12]))));
        Assert.Equal("MODELB2002", Fails([file], Input("a", DataType.Float32, Batch, 1), Input("b", DataType.Float32, Batch, 1)).Code);
    }

    [Fact]
    public void Open_ArrayOfAnInputMissing_ListsWhatThereIs()
    {
        string file = _files.Write(
            "x.npz",
            Npz(CompressionLevel.Optimal, ("images", Npy("<f4", "(1, 2, 2)", new byte[16])), ("labels", Npy("|u1", "(1,)", new byte[1]))));
        Assert.Contains("'images', 'labels'", Fails([file], Pixels).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NpyForSeveralInputs_SaysHowToSaveThem()
    {
        string file = _files.Write("x.npy", Npy("<f4", "(1, 1)", new byte[4]));
        Assert.Contains(
            "numpy.savez(file, a=…, b=…)",
            Fails(
                [file], Input("a", DataType.Float32, Batch, 1), Input("b", DataType.Float32, Batch, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SeveralBadFiles_ReportsAllOfThem()
    {
        string text = _files.Write("x.txt", Encoding.UTF8.GetBytes("1 2 3"));
        string zip = _files.Write("x.npz", Encoding.UTF8.GetBytes("not a zip"));
        var exception = Assert.Throws<CompilationException>(() => CalibrationData.Open([text, zip, "missing.npy"], [Pixels]));
        Assert.Equal([text, zip, "missing.npy"], exception.Findings.Select(f => f.File));
        Assert.All(exception.Findings, f => Assert.Equal("MODELB2003", f.Code));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Samples_ValueThatIsNotFinite_IsAnError(float value)
    {
        string file = _files.Write("x.npy", Npy("<f4", "(1, 2, 2)", Bytes(0f, value, 0f, 0f)));
        CalibrationData data = CalibrationData.Open([file], [Pixels]);
        var exception = Assert.Throws<CompilationException>(() => data.Samples().Count());
        Assert.Equal("MODELB2003", exception.Findings[0].Code);
        Assert.Contains("in sample 0 at element 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_IntegerOutOfRange_IsAnError()
    {
        string file = _files.Write("x.npy", Npy("<i8", "(1, 1)", Bytes(1L << 40)));
        CalibrationData data = CalibrationData.Open([file], [Input("x", DataType.Int32, Batch, 1)]);
        Assert.Contains(
            "out of the range", Assert.Throws<CompilationException>(() => data.Samples().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ZipThatClaimsMoreThanDeflateCanHold_IsAnError()
    {
        string file = _files.Write("x.npz", Npz(CompressionLevel.Optimal, ("pixels", Npy("<f4", "(1, 2, 2)", new byte[16]))));
        byte[] bytes = File.ReadAllBytes(file);
        int directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(directory + 24), int.MaxValue);
        File.WriteAllBytes(file, bytes);
        Finding finding = Fails([file], Pixels);
        Assert.Equal("MODELB2003", finding.Code);
        Assert.Contains("claims 2147483647 bytes", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_ArchiveCutOrDamagedAnywhere_AreReadOrAnErrorAndNothingElse()
    {
        byte[] whole = Npz(CompressionLevel.Optimal, ("pixels", Npy("<f4", "(2, 2, 2)", Bytes(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f))));
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0xff;
            foreach (byte[] content in new[] { damaged, whole[..i] })
            {
                string file = _files.Write("damaged.npz", content);
                try
                {
                    _ = CalibrationData.Open([file], [Pixels]).Samples().Count();
                }
                catch (CompilationException e)
                {
                    Assert.All(e.Findings, f => Assert.StartsWith("MODELB200", f.Code, StringComparison.Ordinal));
                }
            }
        }
    }

    private static Value Input(string name, DataType type, params Dimension[] shape) => new(name) { Type = type, Shape = new Shape(shape) };

    private static Finding Fails(IReadOnlyList<string> files, params Value[] inputs) =>
        Assert.Single(Assert.Throws<CompilationException>(() => CalibrationData.Open(files, inputs)).Findings);
}
