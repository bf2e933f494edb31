using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ModelBuild.Generator;

/// <summary>Where something stands in the project's code. Unlike a <see cref="Location"/>, it holds on to nothing.</summary>
/// <param name="File">The path of the file.</param>
/// <param name="Span">Place and length in it.</param>
/// <param name="Lines">The same in lines and columns.</param>
internal sealed record SourcePlace(string File, TextSpan Span, LinePositionSpan Lines)
{
    public static SourcePlace Of(SyntaxNode node)
    {
        FileLinePositionSpan lines = node.GetLocation().GetLineSpan();
        return new SourcePlace(lines.Path, node.Span, lines.Span);
    }

    public Location ToLocation() => Location.Create(File, Span, Lines);
}
