using System.Text;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using Parquet;
using Parquet.Schema;

namespace ModelBuild.Compiler.Tests.Calibration;

public sealed class TableSamplesTests : IDisposable
{
    private static readonly Dimension s_batch = Dimension.Symbol("batch");
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("1,2.5\n-3e-1,4\n")]
    [InlineData("1,2.5\r\n-0.3,4")]
    [InlineData("a,b\n1,2.5\n-0.3,4\n\n")]
    [InlineData("a,2\n1,2.5\n-0.3,4\n")]
    [InlineData("\uFEFF\"a\",\"b, in \"\"mm\"\"\"\n\"1\", 2.5\n-0.3 ,\"4\"\n")]
    public void Samples_Csv_AreItsRows(string text)
    {
        Assert.Equal([[1f, 2.5f], [-0.3f, 4f]], Rows(Csv(text), Input("x", DataType.Float32, s_batch, 2)));
        Assert.Equal([[1f, 2.5f], [-0.3f, 4f]], Rows(Csv(text), Input("x", DataType.Float32, 2)));
        Assert.Equal([[1f, 2.5f], [-0.3f, 4f]], Rows(Csv(text), Input("x", DataType.Float32, s_batch, 1, 2)));
    }

    /// <summary>Where the machine writes numbers with a comma, files still have points.</summary>
    [Fact]
    public void Samples_CsvUnderAnotherCulture_AreTheSame()
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            var german = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
            (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
            System.Globalization.CultureInfo.CurrentCulture = german;
            Assert.Equal([[1.5f, 2000f]], Rows(Csv("1.5,2e3\n"), Input("x", DataType.Float32, s_batch, 2)));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Samples_CsvWithNamesOfInputs_GivesEachItsColumn()
    {
        Value[] inputs =
        [
            Input("age", DataType.Float32, s_batch, 1), Input("count", DataType.Int64, s_batch, 1),
            Input("member", DataType.Bool, s_batch, 1),
        ];
        IReadOnlyDictionary<string, Tensor>[] samples =
            [.. CalibrationData.Open([Csv("id,count,member,age\na7,9007199254740993,true,30.5\nb8,-2,0,41\n")], inputs).Samples()];
        Assert.Equal([30.5f, 41f], samples.Select(s => s["age"].ToFloats()[0]));
        Assert.Equal([9007199254740993, -2], samples.Select(s => s["count"].ToInt64s()[0]));
        Assert.Equal([1, 0], samples.Select(s => s["member"].Data.Span[0]));
    }

    [Theory]
    [InlineData("1,2\n3\n", "MODELB2003", "1 fields in line 2")]
    [InlineData("1,2\n3,x\n", "MODELB2003", "has 'x' in line 2, column 2")]
    [InlineData("a,b\n1,2\n3,\n", "MODELB2003", "has '' in line 3, column 'b'")]
    [InlineData("1;2\n3;4\n", "MODELB2003", "semicolons")]
    [InlineData("0,5;1,5\n2,5;3,5\n", "MODELB2003", "semicolons")]
    [InlineData("a;b\n0,5;1,5\n", "MODELB2003", "semicolons")]
    [InlineData("1,2,3\n", "MODELB2002", "columns that the model takes")]
    [InlineData("a,b\n", "MODELB2002", "holds no samples")]
    [InlineData("", "MODELB2002", "holds no samples")]
    [InlineData("1,NaN\n", "MODELB2003", "NaN")]
    [InlineData("1,1e39\n", "MODELB2003", "in sample 0 at element 1")]
    public void Samples_CsvThatIsWrong_SaysWhere(string text, string code, string what)
    {
        Finding finding = Fails(Csv(text), Input("x", DataType.Float32, s_batch, 2));
        Assert.Equal(code, finding.Code);
        Assert.Contains(what, finding.Message, StringComparison.Ordinal);
        Assert.Contains("t.csv", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1,2\n", "Give it a header with the names of the inputs: a,b")]
    [InlineData("a,c\n1,2\n", "has no column for the model's input 'b'; it has 'a', 'c'")]
    public void Open_CsvWithoutAnInput_SaysTheWayOut(string text, string wayOut) => Assert.Contains(
        wayOut,
        Fails(Csv(text), Input("a", DataType.Float32, s_batch, 1), Input("b", DataType.Float32, s_batch, 1)).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Samples_Parquet_AreItsRowsAcrossGroups()
    {
        string file = Path.Combine(_files.Path, "t.parquet");
        var a = new DataField<float>("a");
        var b = new DataField<int>("b");
        var c = new DataField<double?>("c");
        await Write(file, [a, b, c], 2, async (group, i) =>
        {
            await group.WriteAsync<float>(a, new[] { 1f + i, 2f + i });
            await group.WriteAsync<int>(b, new[] { 10 * i, 20 });
            await group.WriteAsync<double>(c, new double?[] { 0.5, -0.25 });
        });

        Assert.Equal(
            [[1f, 0, 0.5f], [2f, 20, -0.25f], [2f, 10, 0.5f], [3f, 20, -0.25f]], Rows(file, Input("x", DataType.Float32, s_batch, 3)));
        Value[] inputs = [Input("b", DataType.Int32, s_batch), Input("a", DataType.Float32, s_batch, 1)];
        IReadOnlyDictionary<string, Tensor>[] samples = [.. CalibrationData.Open([file], inputs).Samples()];
        Assert.Equal([0L, 20, 10, 20], samples.Select(s => s["b"].ToInt64s()[0]));
        Assert.Equal([1f, 2, 2, 3], samples.Select(s => s["a"].ToFloats()[0]));
    }

    [Fact]
    public async Task Samples_ParquetThatIsWrong_SaysWhere()
    {
        string file = Path.Combine(_files.Path, "t.parquet");
        var a = new DataField<float?>("a");
        var name = new DataField<string>("name");
        await Write(file, [name, a], 1, async (group, _) =>
        {
            await group.WriteAsync(name, new[] { "x", "y" });
            await group.WriteAsync<float>(a, new float?[] { 1f, null });
        });

        Assert.Contains(
            "column 'name', where a number is wanted",
            Fails(file, Input("x", DataType.Float32, s_batch, 2)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "no value in row 1 of column 'a'",
            Fails(file, Input("a", DataType.Float32, s_batch, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("takes integers", Fails(file, Input("a", DataType.Int64, s_batch, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "is no Parquet file",
            Fails(_files.Write("u.parquet", "PAR1 and no more PAR1"u8), Input("x", DataType.Float32, s_batch, 2)).Message,
            StringComparison.Ordinal);
    }

    private static async Task Write(string file, DataField[] fields, int groups, Func<ParquetRowGroupWriter, int, Task> write)
    {
        await using FileStream stream = File.Create(file);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
        for (int i = 0; i < groups; i++)
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await write(group, i);
        }
    }

    private string Csv(string text) => _files.Write("t.csv", Encoding.UTF8.GetBytes(text));

    private static float[][] Rows(string file, Value input) =>
        [.. CalibrationData.Open([file], [input]).Samples().Select(s => s[input.Name].ToFloats())];

    private static Finding Fails(string file, params Value[] inputs) => Assert.Single(
        Assert.Throws<CompilationException>(() => _ = CalibrationData.Open([file], inputs).Samples().Count()).Findings);

    private static Value Input(string name, DataType type, params Dimension[] shape) => new(name) { Type = type, Shape = new Shape(shape) };
}
