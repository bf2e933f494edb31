using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>AttributeProto.</summary>
internal sealed class AttributeMessage
{
    private const int ListLimit = 1 << 20;

    private readonly List<long> _ints = [];
    private readonly List<byte> _floats = [];

    public string Name { get; private set; } = string.Empty;

    /// <summary>Inside of a function the attribute of its call whose value this one has; otherwise empty.</summary>
    public string Reference { get; private set; } = string.Empty;

    /// <summary>Which of the values holds; deduced where a writer of ONNX's first days left it out.</summary>
    public AttributeKind Kind { get; private set; }

    public float Float { get; private set; }

    public long Int { get; private set; }

    public string Text { get; private set; } = string.Empty;

    public TensorMessage? Tensor { get; private set; }

    public SparseTensorMessage? SparseTensor { get; private set; }

    public GraphMessage? Graph { get; private set; }

    public float[] Floats => [.. MemoryMarshal.Cast<byte, float>(CollectionsMarshal.AsSpan(_floats))];

    public long[] Ints => [.. _ints];

    public List<string> Texts { get; } = [];

    public static AttributeMessage Read(WireReader reader)
    {
        var attribute = new AttributeMessage();
        var deduced = AttributeKind.Undefined;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    attribute.Name = reader.Text();
                    break;
                case 2:
                    attribute.Float = reader.Float();
                    deduced = AttributeKind.Float;
                    break;
                case 3:
                    attribute.Int = reader.Int();
                    deduced = AttributeKind.Int;
                    break;
                case 4:
                    attribute.Text = reader.Text();
                    deduced = AttributeKind.Text;
                    break;
                case 5:
                    attribute.Tensor = TensorMessage.Read(reader.Message());
                    deduced = AttributeKind.Tensor;
                    break;
                case 6:
                    attribute.Graph = GraphMessage.Read(reader.Message());
                    deduced = AttributeKind.Graph;
                    break;
                case 7:
                    attribute._floats.AddRange(reader.Numbers(WireType.Fixed32).Span);
                    deduced = AttributeKind.Floats;
                    break;
                case 8:
                    reader.Ints(attribute._ints, ListLimit);
                    deduced = AttributeKind.Ints;
                    break;
                case 9:
                    attribute.Texts.Add(reader.Text());
                    deduced = AttributeKind.Texts;
                    break;
                case 20:
                    attribute.Kind = (AttributeKind)Math.Clamp(reader.Int(), 0, (long)AttributeKind.Other);
                    break;
                case 22:
                    attribute.SparseTensor = SparseTensorMessage.Read(reader.Message());
                    deduced = AttributeKind.Other;
                    break;
                case 21:
                    attribute.Reference = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (attribute._floats.Count % sizeof(float) != 0)
        {
            throw OnnxFormatException.Corrupt($"attribute '{attribute.Name}' ends in the middle of a number");
        }

        attribute.Kind = attribute.Kind == AttributeKind.Undefined ? deduced : attribute.Kind;
        return attribute.Reference.Length == 0
            && ((attribute.Kind == AttributeKind.Tensor && attribute.Tensor is null)
            || (attribute.Kind == AttributeKind.Graph && attribute.Graph is null))
            ? throw OnnxFormatException.Corrupt($"attribute '{attribute.Name}' has no value")
            : attribute;
    }

    /// <summary>The same value under another name.</summary>
    /// <param name="graph">What takes the place of the graph; null to keep what there is.</param>
    public AttributeMessage Copy(string name, GraphMessage? graph = null)
    {
        var copy = (AttributeMessage)MemberwiseClone();
        copy.Name = name;
        copy.Graph = graph ?? Graph;
        return copy;
    }
}
