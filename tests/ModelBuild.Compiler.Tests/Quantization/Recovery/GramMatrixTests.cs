using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

public sealed class GramMatrixTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(9, 8192, 0)]
    [InlineData(9, 8192, 255)]
    [InlineData(130, 77, 131)]
    [InlineData(200, 8192, 7)]
    public void Of_Columns_IsTheSumOfTheirProducts(int terms, int places, int zeroPoint)
    {
        var random = new Random(terms);
        byte[] columns = new byte[terms * places];
        random.NextBytes(columns);
        columns.AsSpan(0, places).Fill(255);

        double[] gram = GramMatrix.Of(columns, terms, places, zeroPoint);

        for (int i = 0; i < gram.Length; i++)
        {
            (int row, int column) = (i / terms, i % terms);
            long expected = 0;
            for (int p = 0; p < places; p++)
            {
                expected += (columns[(row * places) + p] - zeroPoint) * (columns[(column * places) + p] - zeroPoint);
            }

            Assert.Equal(expected, gram[i]);
        }
    }
}
