namespace ModelBuild.Compiler.Graphs;

/// <summary>The value of an attribute: of one of ONNX's attribute types.</summary>
internal sealed class AttributeValue
{
    private readonly object _value;

    private AttributeValue(AttributeKind kind, object value)
    {
        Kind = kind;
        _value = value;
    }

    public AttributeKind Kind { get; }

    public object Raw => _value;

    public long Int => Get<long>();

    public float Float => Get<float>();

    public string Text => Get<string>();

    public Tensor Tensor => Get<Tensor>();

    /// <summary>A graph inside the node: the body of If, Loop or Scan.</summary>
    public Graph Graph => Get<Graph>();

    public long[] Ints => Get<long[]>();

    public float[] Floats => Get<float[]>();

    public string[] Texts => Get<string[]>();

    public static implicit operator AttributeValue(long value) => new(AttributeKind.Int, value);

    public static implicit operator AttributeValue(float value) => new(AttributeKind.Float, value);

    public static implicit operator AttributeValue(string value) => new(AttributeKind.Text, value);

    public static implicit operator AttributeValue(Tensor value) => new(AttributeKind.Tensor, value);

    public static implicit operator AttributeValue(Graph value) => new(AttributeKind.Graph, value);

    public static implicit operator AttributeValue(long[] value) => new(AttributeKind.Ints, value);

    public static implicit operator AttributeValue(float[] value) => new(AttributeKind.Floats, value);

    public static implicit operator AttributeValue(string[] value) => new(AttributeKind.Texts, value);

    /// <summary>Attributes by name, as a node takes them.</summary>
    public static Dictionary<string, AttributeValue> ByName(params IEnumerable<(string Name, AttributeValue Value)> attributes) =>
        attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);

    private T Get<T>() =>
        _value is T value ? value : throw new InvalidOperationException($"The attribute is {_value.GetType().Name}, not {typeof(T).Name}.");
}
