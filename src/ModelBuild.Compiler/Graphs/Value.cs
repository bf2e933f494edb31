using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>An edge of the graph: a tensor that one node (or nobody: an input, a constant) makes and any number of nodes read.</summary>
internal sealed class Value(string name)
{
    /// <summary>Unique within the graph. As in the model where the value comes from the model.</summary>
    public string Name { get; set; } = name;

    public DataType Type { get; set; }

    /// <summary>Null until shape inference has been there.</summary>
    public Shape? Shape { get; set; }

    /// <summary>The data of a constant (initializer or folded).</summary>
    public Tensor? Constant { get; set; }

    /// <summary>For a constant that was computed: the one of the model, for messages. Null for a constant of the model itself.</summary>
    public string? Origin { get; set; }

    /// <summary>
    /// What is known of the contents of a small integer tensor although it is not constant: one expression per element. This is how
    /// shape arithmetic (Shape → Gather → Concat → Reshape) keeps a symbolic batch. In a lowered graph a value may be nothing but that: no
    /// constant, and made by no node.
    /// </summary>
    public IReadOnlyList<Dimension>? Elements { get; set; }

    /// <summary>How the integers of a quantized tensor stand for reals; null for all others. Set by lowering.</summary>
    public QuantizationParameters? Quantization { get; set; }

    /// <summary>Of an input that takes the pixels of images: which channels a pixel has; null for all others.</summary>
    public ImageChannels? Pixels { get; set; }

    /// <summary>The node that makes it; null for inputs and constants.</summary>
    public Node? Producer { get; internal set; }

    /// <summary>One entry per use: a node that reads the value twice stands here twice.</summary>
    public ConsumerList Consumers { get; } = new();

    /// <summary>How often the value stands among the outputs of its graph.</summary>
    public int OutputCount { get; internal set; }

    public bool IsConstant => Constant is not null;

    /// <summary>The shape, where it must be known.</summary>
    /// <exception cref="InvalidOperationException">Shape inference has not set it.</exception>
    public Shape KnownShape => Shape ?? throw new InvalidOperationException($"The shape of '{Name}' is not known.");

    public override string ToString() => $"{Name}: {Type}{Shape}";
}
