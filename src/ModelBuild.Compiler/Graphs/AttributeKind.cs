namespace ModelBuild.Compiler.Graphs;

/// <summary>Types of attributes, numbered as ONNX numbers them (AttributeProto.AttributeType).</summary>
internal enum AttributeKind
{
    Undefined = 0,
    Float = 1,
    Int = 2,
    Text = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Ints = 7,
    Texts = 8,

    /// <summary>Lists of tensors and graphs, types, which no operator that is supported has; sparse tensors, which Constant has.</summary>
    Other = 9,
}
