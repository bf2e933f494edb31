namespace ModelBuild.Runtime.Tests.Memory;

/// <summary>What stands between a class and another engine.</summary>
public sealed class EngineModelTests
{
    [Fact]
    public void Read_ResourceThatIsNotThere_SaysWhich()
    {
        InvalidDataException missing = Assert.Throws<InvalidDataException>(
            () => EngineModel.Read(typeof(EngineModelTests).Assembly, "nothing.weights", 1, "00"));
        Assert.Contains("'nothing.weights'", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 7, 3 }, 2, 0, 1L, 2L, 3)]
    [InlineData(new long[] { 0 }, 1, 0, 0L, 1L, 0)]
    public void Size_OfAnOutput_IsWhatIsLeft(long[] shape, int rank, int axis, long rest, long factor, int expected) =>
        Assert.Equal(expected, EngineModel.Size(shape, rank, axis, rest, factor, "y"));

    [Theory]
    [InlineData(new long[] { 7, 3 }, 1, 0, 0L, 1L)] // another rank
    [InlineData(new long[] { 7 }, 1, 0, 0L, 2L)] // no multiple
    [InlineData(new long[] { 7 }, 1, 0, 8L, 1L)] // less than what is known
    [InlineData(new long[] { 1L << 31 }, 1, 0, 0L, 1L)]
    public void Size_OfAnUnexpectedShape_Throws(long[] shape, int rank, int axis, long rest, long factor)
    {
        InvalidDataException unexpected =
            Assert.Throws<InvalidDataException>(() => EngineModel.Size(shape, rank, axis, rest, factor, "y"));
        Assert.Contains("'y'", unexpected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckShape_OfAnotherShape_Throws()
    {
        EngineModel.CheckShape([2, 3], [2, 3], "y");
        Assert.Throws<InvalidDataException>(() => EngineModel.CheckShape([3, 2], [2, 3], "y"));
        Assert.Throws<InvalidDataException>(() => EngineModel.CheckShape([6], [2, 3], "y"));
    }

    /// <summary>Each port is seen where it lies, whatever its type.</summary>
    [Fact]
    public void Pin_SeveralPorts_GivesTheirAddressesInOrder()
    {
        var first = new double[] { 1, 2 };
        var second = new byte[] { 3, 4, 5 };
        PortMemory none = default;
        PortMemory one = PortMemory.After<double>(ref none, first);
        PortMemory two = PortMemory.After<byte>(ref one, second.AsSpan(1));
        byte[] seen = [];

        two.Pin(addresses =>
        {
            Assert.Equal(2, addresses.Length);
            GC.Collect();
            System.Runtime.InteropServices.Marshal.WriteInt64(addresses[0] + sizeof(double), BitConverter.DoubleToInt64Bits(7));
            seen = [System.Runtime.InteropServices.Marshal.ReadByte(addresses[1])];
        });

        Assert.Equal([1.0, 7.0], first);
        Assert.Equal([4], seen);
    }
}
