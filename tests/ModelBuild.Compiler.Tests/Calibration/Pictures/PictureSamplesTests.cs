using System.IO.Compression;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Calibration.Pictures;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Calibration.Pictures;

/// <summary>Pictures that the test writes itself, or that another library (Skia) has written and read.</summary>
public sealed class PictureSamplesTests : IDisposable
{
    /// <summary>16 × 8, by Skia's JPEG encoder at quality 90; red 16x, green 30y, blue 255 − 10x − 5y before.</summary>
    private const string Jpeg =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQME"
        + "BAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAA"
        + "AAAAAAAAAAAAAAf/xAAZEAABBQAAAAAAAAAAAAAAAAAABggkMqL/xAAVAQEBAAAAAAAAAAAAAAAAAAAFBv/EAB0RAAAGAwEAAAAAAAAAAAAAAAAFBgcj8CIxUZH/2gAM"
        + "AwEAAhEDEQA/AJwnmyUiZKcnmyViZAFHGVptnJfRLNerDaOTl2P/2Q==";

    private static readonly Dimension s_batch = Dimension.Symbol("batch");
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Samples_Ppm_AreScaledAndStandardisedByChannelInPlanes()
    {
        string file = Ppm("a.ppm", 1, 2, 10, 20, 30, 40, 50, 60);
        float[] values = Only(file, "scale=1/10;mean=1,2,3;std=2,4,8", Input(DataType.Float32, 3, 1, 2));
        Assert.Equal([0f, 1.5f, 0f, 0.75f, 0f, 0.375f], values);
    }

    /// <summary>Words of a header stand apart by whatever is white, and comments go to the end of a line.</summary>
    [Theory]
    [InlineData("P6\n2 1\n255\n")]
    [InlineData("P6  2\t1\r\n\n255 ")]
    [InlineData("P6\n# made by hand\n2 1\n# 9 9\n255\n")]
    [InlineData("P6 \n \n2\n1\n \n255\n")]
    [InlineData("P6 #\n# 1 2 3\n2 1 255\n")]
    public void Samples_PpmWithAnySpace_AreItsPixels(string header)
    {
        string file = _files.Write("a.ppm", [.. System.Text.Encoding.ASCII.GetBytes(header), 10, 20, 30, 40, 50, 60]);

        Assert.Equal([10f, 20, 30, 40, 50, 60], Only(file, "scale=1;layout=nhwc", Input(DataType.Float32, 1, 2, 3)));
    }

    /// <summary>A decoder that looks behind the end for ever is stopped, however it reads.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EndingStream_ReadForEver_Ends(bool byByte)
    {
        using var stream = new EndingStream([1, 2, 3]);
        byte[] buffer = new byte[3];
        Assert.Equal(3, stream.Read(buffer, 0, 3));
        Assert.Equal(0, stream.Read(buffer, 0, 0));

        Assert.Throws<EndOfStreamException>(() =>
        {
            for (int i = 0; i < 1_000_000; i++)
            {
                _ = byByte ? stream.ReadByte() : stream.Read(buffer, 0, 1);
            }
        });
    }

    [Theory]
    [InlineData("mean=1;std=2,4,8", new[] { 0f, 1.5f, 0.25f, 1, 0.25f, 0.625f })]
    [InlineData("mean=1,2,3;std=2", new[] { 0f, 1.5f, 0, 1.5f, 0, 1.5f })]
    public void Samples_OneOfMeanAndStdForAllChannels_IsThatOfEach(string steps, float[] expected)
    {
        string file = Ppm("a.ppm", 1, 2, 10, 20, 30, 40, 50, 60);
        Assert.Equal(expected, Only(file, $"scale=1/10;{steps}", Input(DataType.Float32, 3, 1, 2)));
    }

    [Fact]
    public void Samples_ChannelsLast_AreStandardisedEachByItsOwnNumbers()
    {
        string file = Ppm("a.ppm", 1, 2, 10, 20, 30, 40, 50, 60);
        float[] values = Only(file, "scale=1/10;mean=1,2,3;std=2,4,8;layout=nhwc", Input(DataType.Float32, 1, 2, 3));
        Assert.Equal([0f, 0, 0, 1.5f, 0.75f, 0.375f], values);
    }

    [Fact]
    public void Samples_ChannelsLastAndBgr_AreInThatOrder()
    {
        string file = Ppm("a.ppm", 1, 2, 10, 20, 30, 40, 50, 60);
        Assert.Equal([30f, 20, 10, 60, 50, 40], Only(file, "scale=1;channels=bgr", Input(DataType.Float32, 1, 2, 3), "nhwc"));
        Assert.Equal([10f, 20, 30, 40, 50, 60], Only(file, null, Input(DataType.UInt8, 1, 2, 3), "nhwc"));
    }

    /// <summary>0.299 · 100 + 0.587 · 200 + 0.114 · 50 = 153; one channel alone, and white.</summary>
    [Fact]
    public void Samples_ColorForGray_HaveItsWeights() =>
        Assert.Equal(
            [153f, 76, 150, 29, 255, 153],
            Only(
                Ppm("a.ppm", 2, 3, 100, 200, 50, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 100, 200, 50), "scale=1",
                Input(DataType.Float32, 1, 2, 3), layout: "nchw"));

    [Fact]
    public void Samples_GrayForColor_AreRepeated() =>
        Assert.Equal(
            [7f, 8, 7, 8, 7, 8],
            Only(_files.Write("a.pgm", [.. "P5\n# a comment\n2 1\n255\n"u8, 7, 8]), "scale=1", Input(DataType.Float32, 3, 1, 2)));

    /// <summary>Without resize and crop pictures get the size of the input; with them, torchvision's.</summary>
    [Fact]
    public void Samples_SizeIsFixed_AreResizedOrCut()
    {
        byte[] ramp = [.. Enumerable.Range(0, 8 * 12).SelectMany(i => new[] { (byte)(i % 12 * 10), (byte)(i / 12 * 20), (byte)9 })];
        string file = Ppm("a.ppm", 8, 12, ramp);
        Assert.Equal(3 * 4 * 6, Only(file, "scale=1", Input(DataType.Float32, 3, 4, 6)).Length);

        // The middle of 8 × 12: rows 2 to 5, columns 4 to 7.
        float[] cut = Only(file, "scale=1;crop=4", Input(DataType.Float32, 3, 4, 4));
        Assert.Equal([40f, 50, 60, 70], cut[..4]);
        Assert.Equal([40f, 60, 80, 100], cut.Skip(16).Where((_, i) => i % 4 == 0).Take(4));

        // The shorter side to 4: 4 × 6, and then its middle.
        float[] both = Only(file, "scale=1;resize=4;crop=4", Input(DataType.Float32, 3, 4, 4));
        Picture expected = PictureResize.Run(new Picture(8, 12, 3, ramp), 4, 6).Crop(4, 4);
        Assert.Equal(expected.Pixels.Where((_, i) => i % 3 == 0).Select(b => (float)b), both[..16]);
    }

    [Fact]
    public void Samples_SizeIsOpen_KeepThePicturesOwn()
    {
        string[] files = [Ppm("a.ppm", 1, 2, 1, 2, 3, 4, 5, 6), Ppm("b.ppm", 2, 1, 1, 2, 3, 4, 5, 6)];
        Value input = Input(DataType.Float32, 3, Dimension.Symbol("h"), Dimension.Symbol("w"));
        CalibrationData data = CalibrationData.Open(files, [input], Read("scale=1"));
        Assert.Equal([[1L, 3, 1, 2], [1L, 3, 2, 1]], data.Samples().Select(s => s["image"].Dimensions.ToArray()));
    }

    [Fact]
    public void Samples_Png_AreItsPixels()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 4 * 3).Select(i => (byte)(i * 7))];
        string file = _files.Write("a.png", Png(3, 4, pixels));
        Assert.Equal(pixels, Only(file, null, Input(DataType.UInt8, 3, 4, 3), layout: "nhwc").Select(v => (byte)v));
    }

    /// <summary>Rows from the bottom, blue first, each padded to four bytes.</summary>
    [Fact]
    public void Samples_Bmp_AreItsPixels()
    {
        byte[] bmp = new byte[54 + 16];
        "BM"u8.CopyTo(bmp);
        BitConverter.TryWriteBytes(bmp.AsSpan(2), bmp.Length);
        bmp[10] = 54;
        bmp[14] = 40;
        (bmp[18], bmp[22], bmp[26], bmp[28]) = (2, 2, 1, 24);
        byte[] rows = [7, 8, 9, 10, 11, 12, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0];
        rows.CopyTo(bmp, 54);
        string file = _files.Write("a.bmp", bmp);
        Assert.Equal([3f, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10], Only(file, null, Input(DataType.UInt8, 2, 2, 3)));
    }

    [Fact]
    public void Samples_Jpeg_AreNearWhatWasEncoded()
    {
        string file = _files.Write("a.JPEG", Convert.FromBase64String(Jpeg));
        float[] values = Only(file, null, Input(DataType.UInt8, 8, 16, 3));
        for (int i = 0; i < values.Length; i += 3)
        {
            (int y, int x) = (i / 48, i / 3 % 16);
            Assert.Equal(16 * x, values[i], 25f);
            Assert.Equal(30 * y, values[i + 1], 25f);
            Assert.Equal(255 - (10 * x) - (5 * y), values[i + 2], 45f); // color has half the places
        }
    }

    /// <summary>As torchvision reads Fashion-MNIST: ToTensor is scale=1/255.</summary>
    [Theory]
    [InlineData("train-images-idx3-ubyte", false)]
    [InlineData("images.idx", false)]
    [InlineData("t10k-images-idx3-ubyte.gz", true)]
    public void Samples_Idx_ArePicturesByPreprocessing(string name, bool isPacked)
    {
        byte[] idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 51, 102, 255];
        string file = _files.Write(name, isPacked ? Gzip(idx) : idx);
        Value input = Input(DataType.Float32, 1, 1, 2);
        CalibrationData data = CalibrationData.Open([file], [input], Read("scale=1/255;layout=nchw"));
        Assert.Equal(2, data.Count);
        Assert.Equal([[0f, 0.2f], [0.4f, 1f]], data.Samples().Select(s => s["image"].ToFloats()));
        Assert.All(data.Samples(), s => Assert.Equal([1L, 1, 1, 2], s["image"].Dimensions));

        // A model of vectors gets the pixels one after the other, a model of bytes the bytes.
        Assert.Equal(
            [[0f, 0.2f], [0.4f, 1f]],
            CalibrationData.Open([file], [Input(DataType.Float32, 2)], Read("scale=1/255")).Samples().Select(s => s["image"].ToFloats()));
        Assert.Equal(2, CalibrationData.Open([file], [Input(DataType.UInt8, 1, 2)]).Count);
    }

    /// <summary>A header that no such file has, or one that holds less than it says.</summary>
    [Theory]
    [InlineData(0, 1, "does not begin as an IDX file does")]
    [InlineData(1, 8, "does not begin as an IDX file does")]
    [InlineData(2, 0x0A, "elements of the unknown type 0x0A")]
    [InlineData(4, 1, "declares more elements than it holds")]
    public void Open_IdxWithAnotherHeader_IsRefused(int at, byte value, string expected)
    {
        byte[] idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 51, 102, 255];
        idx[at] = value;

        Finding finding = Fails(_files.Write("images-idx3-ubyte", idx), "scale=1/255;layout=nchw", Input(DataType.Float32, 1, 1, 2));

        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_IdxOfFloats_AreTakenAsTheyAre()
    {
        byte[] one = [0x3F, 0x80, 0, 0];
        byte[] two = [0xC0, 0, 0, 0];
        string file = _files.Write("x.idx", [0, 0, 0x0D, 2, 0, 0, 0, 1, 0, 0, 0, 2, .. one, .. two]);
        Assert.Equal([1f, -2f], Only(file, null, Input(DataType.Float32, 2)));
    }

    [Theory]
    [InlineData("scale=1", "MODELB2003", "layout=nchw", 3, 8, 3)]
    [InlineData("", "MODELB2003", "Preprocessing=\"scale=1/255\"", 3, 8, 8)]
    [InlineData("crop=4", "MODELB2003", "scale=1/255", 3, 4, 4)]
    [InlineData("scale=1;mean=1,2", "MODELB2003", "one for each channel", 3, 8, 8)]
    [InlineData("scale=1;channels=gray", "MODELB2003", "channels=gray for one channel", 3, 8, 8)]
    [InlineData("scale=1;layout=nhwc", "MODELB2003", "layout=nchw or nhwc", 3, 8, 8)]
    [InlineData("scale=1;resize=6", "MODELB2002", "crop=8x8", 3, 8, 8)]
    [InlineData("scale=1;resize=6;crop=8", "MODELB2002", "larger resize", 3, 8, 8)]
    public void Open_TooLittleOrWrongIsSaid_IsAnErrorWithAWayOut(string steps, string code, string wayOut, int a, int b, int c)
    {
        Finding finding = Fails(Ppm("a.ppm", 8, 12, new byte[8 * 12 * 3]), steps, Input(DataType.Float32, a, b, c));
        Assert.Equal(code, finding.Code);
        Assert.Contains(wayOut, finding.Message, StringComparison.Ordinal);
        Assert.Contains("a.ppm", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BytesThatAreScaled_AreAnError() => Assert.Contains(
        "Leave scale, mean and std out",
        Fails(Ppm("a.ppm", 1, 1, 1, 2, 3), "scale=1", Input(DataType.UInt8, 3, 1, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_IdxWithoutPreprocessing_SaysTheWayOut() => Assert.Contains(
        "Preprocessing=\"scale=1/255\"",
        Fails(_files.Write("x.idx", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5]), "", Input(DataType.Float32, 1, 1, 1)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("scale=1")]
    [InlineData("")]
    public void Open_Labels_SaysSo(string steps) => Assert.Contains(
        "looks like labels",
        Fails(_files.Write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 1, 2]), steps, Input(DataType.Float32, 1, 1, 1)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("a.png")]
    [InlineData("a.jpg")]
    [InlineData("a.bmp")]
    [InlineData("a.ppm")]
    [InlineData("a.idx")]
    [InlineData("a-ubyte.gz")]
    public void Samples_DamagedFile_AreReadOrAnErrorAndNothingElse(string name)
    {
        byte[] whole = Path.GetExtension(name) switch
        {
            ".png" => Png(3, 4, new byte[36]),
            ".jpg" => Convert.FromBase64String(Jpeg),
            ".bmp" => [.. "BM"u8, .. new byte[60]],
            ".ppm" => [.. "P6 2 2 255\n"u8, .. new byte[12]],
            ".idx" => [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4],
            _ => Gzip([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]),
        };
        Value input = Input(DataType.UInt8, Dimension.Symbol("h"), Dimension.Symbol("w"), 3);
        int read = 0;
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(i % 2 == 0 ? 0xff : 0x41);
            foreach (byte[] content in new[] { damaged, whole[..i] })
            {
                string file = _files.Write(name, content);
                try
                {
                    read += CalibrationData.Open([file], [input], Read("channels=rgb;layout=nhwc")).Samples().Count();
                }
                catch (CompilationException e)
                {
                    Assert.All(e.Findings, f => Assert.StartsWith("MODELB200", f.Code, StringComparison.Ordinal));
                }
            }
        }

        Assert.InRange(read, 0, 2 * whole.Length);
    }

    private static ImagePreprocessing? Read(string text)
    {
        Assert.True(ImagePreprocessing.TryRead(text, out ImagePreprocessing? steps, out _));
        return steps;
    }

    private static float[] Only(string file, string? steps, Value input, string? layout = null) =>
        Assert.Single(CalibrationData.Open([file], [input], Read($"{steps};{(layout is null ? "" : $"layout={layout}")}")).Samples())
            ["image"].ToDoubles().Select(v => (float)v).ToArray();

    private static Finding Fails(string file, string steps, Value input) =>
        Assert.Single(Assert.Throws<CompilationException>(() => CalibrationData.Open([file], [input], Read(steps))).Findings);

    private static Value Input(DataType type, params Dimension[] sample) =>
        new("image") { Type = type, Shape = new Shape([s_batch, .. sample]) };

    private string Ppm(string name, int height, int width, params byte[] pixels) =>
        _files.Write(name, [.. System.Text.Encoding.ASCII.GetBytes($"P6\n{width} {height}\n255\n"), .. pixels]);

    private static byte[] Gzip(byte[] content)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }

    /// <summary>RGB in rows without filters.</summary>
    private static byte[] Png(int height, int width, byte[] pixels)
    {
        var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels, y * width * 3, width * 3);
            }
        }

        return
        [
            0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n',
            .. Chunk("IHDR"u8, [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, 8, 2, 0, 0, 0]),
            .. Chunk("IDAT"u8, rows.ToArray()), .. Chunk("IEND"u8, []),
        ];

        static byte[] Chunk(ReadOnlySpan<byte> kind, byte[] content)
        {
            byte[] named = [.. kind, .. content];
            uint crc = uint.MaxValue;
            foreach (byte b in named)
            {
                crc ^= b;
                for (int i = 0; i < 8; i++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
                }
            }

            return [0, 0, (byte)(content.Length >> 8), (byte)content.Length, .. named, .. BitConverter.GetBytes(~crc).Reverse()];
        }
    }
}
