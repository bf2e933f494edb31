using System;
using System.Collections.Generic;
using System.Text;

namespace ModelBuild.Generator.Emit;

/// <summary>Collects lines of C# at the indentation of the block they are in. Lines end in LF whatever the machine.</summary>
internal sealed class SourceWriter
{
    private const int SpacesPerLevel = 4;

    private readonly StringBuilder _text = new();

    /// <summary>Columns that a line of code should not pass.</summary>
    public static int Width => 128;

    public int Level { get; set; }

    /// <summary>Columns that are left at the current indentation.</summary>
    public int Room => Width - (Level * SpacesPerLevel);

    /// <summary>Writes a line, or the lines of a raw string.</summary>
    public void Line(string text = "")
    {
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.TrimEnd();
            if (trimmed.Length > 0)
            {
                _text.Append(' ', Level * SpacesPerLevel).Append(trimmed);
            }

            _text.Append('\n');
        }
    }

    /// <summary>Writes a call, over several lines where one is too short.</summary>
    public void Call(string head, IReadOnlyList<string> arguments)
    {
        string line = $"{head}({string.Join(", ", arguments)});";
        Line(line.Length <= Room ? line : $"{head}(\n    {string.Join(",\n    ", arguments)});");
    }

    /// <summary>Writes the head of a method, over several lines where one is too short.</summary>
    public void Signature(string head, IEnumerable<string> parameters)
    {
        string line = $"{head}({string.Join(", ", parameters)})";
        Line(line.Length <= Room ? line : $"{head}(\n    {string.Join(",\n    ", parameters)})");
    }

    /// <summary>Opens a brace, below its header if it has one; disposing of what it returns closes the brace.</summary>
    public Block Open(string? header = null)
    {
        if (header is not null)
        {
            Line(header);
        }

        Line("{");
        Level++;
        return new Block(this);
    }

    public override string ToString() => _text.ToString();

    public readonly struct Block(SourceWriter writer) : IDisposable
    {
        public void Dispose()
        {
            writer.Level--;
            writer.Line("}");
        }
    }
}
