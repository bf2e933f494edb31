namespace ModelBuild.Compiler;

/// <summary>How an ONNX file says that an operator computes with codes.</summary>
public enum QuantizedForm
{
    /// <summary>The float operator between DequantizeLinear and QuantizeLinear.</summary>
    Qdq,

    /// <summary>An operator of its own (<c>QLinearConv</c>, ONNX Runtime's <c>QLinearAdd</c>) where there is one.</summary>
    QOperator,
}
