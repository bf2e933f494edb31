using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ModelBuild.Compiler.Reports;

/// <summary>Writes a tree of elements so that it is HTML to browsers and well-formed XML to everyone else.</summary>
internal static class HtmlWriter
{
    private static readonly string[] s_void = ["meta", "br", "hr"];

    /// <summary>A line ends behind these.</summary>
    private static readonly string[] s_blocks =
        ["meta", "title", "style", "script", "head", "header", "section", "h1", "h2", "p", "dl", "tr", "caption", "table", "figure", "nav",
        "svg", "summary", "details", "li", "ul", "main", "footer"];

    /// <summary>Writes a page in UTF-8.</summary>
    /// <param name="page">The element <c>html</c>.</param>
    public static void Write(Stream stream, XElement page)
    {
        stream.Write("<!DOCTYPE html>\n"u8);
        var settings = new XmlWriterSettings
        {
            OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.None, CloseOutput = false,
        };
        using var writer = XmlWriter.Create(stream, settings);
        Write(writer, page);
        writer.WriteWhitespace("\n");
    }

    /// <summary>
    /// Text that a model's author has chosen, without what no page may hold or what would make it read otherwise than it is:
    /// control characters, halves of characters, changes of direction.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            clean.Append(rune.Value switch
            {
                < 0x20 => new Rune(0x2400 + rune.Value),
                (>= 0x7F and <= 0x9F) or 0x200E or 0x200F or 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069)
                    or 0xFFFE or 0xFFFF => Rune.ReplacementChar,
                _ => rune,
            });
        }

        return clean.ToString();
    }

    private static void Write(XmlWriter writer, XElement element)
    {
        string name = element.Name.LocalName;
        writer.WriteStartElement(name);
        foreach (XAttribute attribute in element.Attributes())
        {
            writer.WriteAttributeString(attribute.Name.LocalName, attribute.Value);
        }

        foreach (XNode node in element.Nodes())
        {
            if (node is XElement child)
            {
                Write(writer, child);
            }
            else if (node is XText text)
            {
                // Browsers do not read references in these.
                if (name is "style" or "script")
                {
                    writer.WriteRaw(text.Value);
                }
                else
                {
                    writer.WriteString(text.Value);
                }
            }
        }

        if (s_void.Contains(name))
        {
            writer.WriteEndElement();
        }
        else
        {
            writer.WriteFullEndElement();
        }

        if (s_blocks.Contains(name))
        {
            writer.WriteWhitespace("\n");
        }
    }
}
