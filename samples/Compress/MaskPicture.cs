using System.Globalization;
using System.Text;

namespace Compress;

/// <summary>Which weights of a part of a layer are left: dark where there is one, light where it is zero.</summary>
/// <param name="Title">Shown below.</param>
/// <param name="Kept">[rows, columns].</param>
internal sealed record MaskPicture(string Title, bool[,] Kept)
{
    private const int Cell = 4;
    private const int Gap = 16;
    private const int Caption = 28;

    /// <summary>Writes pictures side by side as one SVG file.</summary>
    public static void Write(string file, IReadOnlyList<MaskPicture> pictures)
    {
        int width = pictures.Sum(p => (p.Kept.GetLength(1) * Cell) + Gap) + Gap;
        int height = pictures.Max(p => p.Kept.GetLength(0) * Cell) + Gap + Caption;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>");
        int left = Gap;
        foreach (MaskPicture picture in pictures)
        {
            picture.Draw(svg, left);
            left += (picture.Kept.GetLength(1) * Cell) + Gap;
        }

        svg.AppendLine("</svg>");
        File.WriteAllText(file, svg.ToString());
    }

    private void Draw(StringBuilder svg, int left)
    {
        (int rows, int columns) = (Kept.GetLength(0), Kept.GetLength(1));
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<rect x=\"{left}\" y=\"{Gap}\" width=\"{columns * Cell}\" height=\"{rows * Cell}\" fill=\"#dfe6ee\"/>");
        svg.Append("<path fill=\"#12406b\" d=\"");
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0, end; column < columns; column = end)
            {
                for (end = column + 1; end < columns && Kept[row, end] == Kept[row, column]; end++)
                {
                }

                if (Kept[row, column])
                {
                    svg.Append(CultureInfo.InvariantCulture,
                        $"M{left + (column * Cell)} {Gap + (row * Cell)}h{(end - column) * Cell}v{Cell}h-{(end - column) * Cell}z");
                }
            }
        }

        svg.AppendLine("\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{left}\" y=\"{Gap + (rows * Cell) + 18}\" font-family=\"sans-serif\" font-size=\"14\">{Title}</text>");
    }
}
