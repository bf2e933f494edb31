using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.TestSupport.NumpyFile;

namespace ModelBuild.Compiler.Tests.Calibration;

public sealed class NpyReaderTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("<f2", DataType.Float16)]
    [InlineData("<f4", DataType.Float32)]
    [InlineData("<f8", DataType.Float64)]
    [InlineData("|b1", DataType.Bool)]
    [InlineData("|u1", DataType.UInt8)]
    [InlineData("|i1", DataType.Int8)]
    [InlineData("<i2", DataType.Int16)]
    [InlineData("<i4", DataType.Int32)]
    [InlineData("<i8", DataType.Int64)]
    internal void Header_EveryElementType_IsKnown(string description, DataType type)
    {
        using NpyReader reader = Open(Npy(description, "(2,)", new byte[2 * type.Size()]));
        Assert.Equal(type, reader.Type);
    }

    [Theory]
    [InlineData("()", new long[0])]
    [InlineData("(3,)", new long[] { 3 })]
    [InlineData("(2, 3)", new long[] { 2, 3 })]
    [InlineData("(2,3,1,)", new long[] { 2, 3, 1 })]
    [InlineData("(0, 5)", new long[] { 0, 5 })]
    public void Header_Shape_IsReadAsPythonWritesIt(string shape, long[] dimensions)
    {
        using NpyReader reader = Open(Npy("|u1", shape, new byte[6]));
        Assert.Equal(dimensions, reader.Dimensions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Elements_EveryFormatVersion_AreRead(int version)
    {
        using NpyReader reader = Open(Npy("<i2", "(3,)", Bytes<short>(1, -2, 300), version: version));
        var data = new byte[6];
        reader.Read(data);
        Assert.Equal(Bytes<short>(1, -2, 300), data);
    }

    [Fact]
    public void Elements_FortranOrder_BecomeRowMajor()
    {
        // a[i, j, k] = 100 i + 10 j + k of shape (2, 3, 2), written first index fastest.
        var written = new List<byte>();
        var expected = new List<byte>();
        for (int k = 0; k < 2; k++)
        {
            for (int j = 0; j < 3; j++)
            {
                for (int i = 0; i < 2; i++)
                {
                    written.Add((byte)((100 * i) + (10 * j) + k));
                }
            }
        }

        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                for (int k = 0; k < 2; k++)
                {
                    expected.Add((byte)((100 * i) + (10 * j) + k));
                }
            }
        }

        using NpyReader reader = Open(Npy("|u1", "(2, 3, 2)", [.. written], fortran: true));
        var data = new byte[12];
        reader.Read(data);
        Assert.Equal(expected, data);
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "big-endian ('>f4'). Convert it with array.astype('<f4')")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "'<c8', which are no real numbers. Convert it")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "'|O', which are no real numbers. Convert it")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "malformed")]
    [InlineData("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }", "malformed")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "malformed")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "malformed")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1", "malformed")]
    [InlineData("{'descr: ", "malformed")]
    [InlineData("", "malformed")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "truncated")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1000000, 1000000), }", "truncated")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }", "truncated")]
    public void Header_HostileOrUnknown_IsAnErrorThatNamesFileAndArray(string header, string expected)
    {
        string file = _files.Write("x.npy", Npy(header, new byte[4]));
        var exception = Assert.Throws<CompilationException>(() => NpyReader.Open(file));
        Finding finding = Assert.Single(exception.Findings);
        Assert.Equal("MODELB2003", finding.Code);
        Assert.Equal(file, finding.File);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.Contains("'x.npy'", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2,3\n")]
    [InlineData("1,2,3\n4,5,6\n")]
    public void File_OfSomethingElse_IsNotCalledDamaged(string text)
    {
        string file = _files.Write("x.npy", System.Text.Encoding.ASCII.GetBytes(text));
        var exception = Assert.Throws<CompilationException>(() => NpyReader.Open(file));
        Assert.Contains("is not in NumPy's .npy format", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_CutAnywhere_IsAnErrorAndNothingElse()
    {
        byte[] whole = Npy("<f4", "(2, 2)", Bytes(1f, 2f, 3f, 4f));
        for (int length = 0; length < whole.Length; length++)
        {
            string file = _files.Write("cut.npy", whole[..length]);
            Assert.Throws<CompilationException>(() => NpyReader.Open(file));
        }
    }

    [Fact]
    public void File_EveryByteDamaged_IsReadOrAnErrorAndNothingElse()
    {
        byte[] whole = Npy("<f4", "(2, 2)", Bytes(1f, 2f, 3f, 4f), fortran: true);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x15;
            try
            {
                Open(damaged).Dispose();
            }
            catch (CompilationException e)
            {
                Assert.Equal("MODELB2003", e.Findings[0].Code);
            }
        }
    }

    [Fact]
    public void File_Missing_IsAnError()
    {
        var exception = Assert.Throws<CompilationException>(() => NpyReader.Open("/nowhere/x.npy"));
        Assert.Equal("MODELB2003", exception.Findings[0].Code);
    }

    private NpyReader Open(byte[] content) => NpyReader.Open(_files.Write("array.npy", content));
}
