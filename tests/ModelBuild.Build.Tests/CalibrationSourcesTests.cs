using System.Globalization;
using System.Text;
using ModelBuild.Build.Tests.Support;
using Parquet;
using Parquet.Schema;

namespace ModelBuild.Build.Tests;

/// <summary>Samples of every kind in a real build: MSBuild finds them in folders, and loads what reads them.</summary>
public sealed class CalibrationSourcesTests
{
    [Fact]
    public void Build_SamplesOfEveryKind_CompilesAndCompilesAgainWhenAFolderChanges()
    {
        var project = new TestProject("Sources", """
                <QuantizedModel Include="dense.onnx" Mode="int8" ClassName="OfTestData" Calibration="data/test_data_set_*/input_*.pb" />
                <QuantizedModel Include="dense.onnx" Mode="int8" ClassName="OfFolders" Calibration="data/test_data_set_*" />
                <QuantizedModel Include="dense.onnx" Mode="int8" ClassName="OfAFolder" Calibration="tables/" CalibrationMethod="mse" />
                <QuantizedModel Include="dense.onnx" Mode="int8" ClassName="OfParquet" Calibration="more/samples.parquet" />
                <QuantizedModel Include="dense.onnx" Mode="int8" ClassName="OfPictures" Calibration="pictures ; idx/*.idx"
                                Preprocessing="scale=1/255; mean=0.5" />
            """);
        project.Write("dense.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 0 }, { 0, 3 }, { -1, 1 } }, [0.5f, -0.5f]));
        for (int i = 0; i < 2; i++)
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"data/test_data_set_{i}/");
            project.Write(folder + "input_0.pb", Tensor(i + 1, 2, 3, -4)).Write(folder + "output_0.pb", [1, 2, 3]);
        }

        project
            .Write("tables/a.csv", "a,b,c,d\n1,2,3,4\n-1,0,0.5,2\n").Write("tables/deep/b.csv", "1,2,3,4\n").Write("tables/README.txt", "-")
            .Write("more/samples.parquet", Parquet())
            .Write("pictures/a.bmp", Bmp()).Write("pictures/b.pgm", [.. "P5 2 2 255\n"u8, 1, 2, 3, 4])
            .Write("idx/images.idx", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 51, 102, 255]);

        Assert.Equal(
            ["OfAFolder", "OfFolders", "OfParquet", "OfPictures", "OfTestData"],
            project.BuildModels().Succeeded().CompiledModels.Order(StringComparer.Ordinal));
        Assert.Empty(project.BuildModels().Succeeded().CompiledModels);
        Assert.Equal(
            File.ReadAllText(Path.Combine(project.Outputs, "OfTestData", "OfTestData.plan"))
                .Replace("OfTestData", "OfFolders", StringComparison.Ordinal),
            File.ReadAllText(Path.Combine(project.Outputs, "OfFolders", "OfFolders.plan")));

        // What is no sample is not read.
        project.Write("tables/NOTES.md", "-").Write("pictures/Thumbs.db", "-").Write("data/test_data_set_0/output_1.pb", [1]);
        Assert.Empty(project.BuildModels().Succeeded().CompiledModels);

        project.Write("tables/deep/c.csv", "4,3,2,1\n");
        Assert.Equal(["OfAFolder"], project.BuildModels().Succeeded().CompiledModels);
        project.Write("data/test_data_set_2/input_0.pb", Tensor(9, 9, 9, 9));
        Assert.Equal(
            ["OfFolders", "OfTestData"], project.BuildModels().Succeeded().CompiledModels.Order(StringComparer.Ordinal));
        Assert.Empty(project.BuildModels().Succeeded().CompiledModels);
    }

    /// <summary>TensorProto: dims, data_type, raw_data.</summary>
    private static byte[] Tensor(params float[] values)
    {
        byte[] raw = [.. values.SelectMany(BitConverter.GetBytes)];
        return [0x08, 1, 0x08, (byte)values.Length, 0x10, 1, 0x4A, (byte)raw.Length, .. raw];
    }

    private static byte[] Parquet()
    {
        DataField<float>[] fields = [.. "abcd".Select(name => new DataField<float>($"{name}"))];
        var stream = new MemoryStream();
        Write().GetAwaiter().GetResult();
        return stream.ToArray();

        async Task Write()
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. fields]), stream);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (DataField<float> field in fields)
            {
                await group.WriteAsync<float>(field, new[] { 1f, -2, 3 });
            }
        }
    }

    /// <summary>2 × 2 of 24 bits.</summary>
    private static byte[] Bmp()
    {
        byte[] bmp = new byte[54 + 16];
        Encoding.ASCII.GetBytes("BM").CopyTo(bmp, 0);
        BitConverter.TryWriteBytes(bmp.AsSpan(2), bmp.Length);
        (bmp[10], bmp[14], bmp[18], bmp[22], bmp[26], bmp[28]) = (54, 40, 2, 2, 1, 24);
        byte[] rows = [7, 8, 9, 10, 11, 12, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0];
        rows.CopyTo(bmp, 54);
        return bmp;
    }
}
