using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// What the compiler knows of an operator, one class each (or one for a family that differs in a formula), registered in
/// <c>OperatorRegistry</c> by domain, name and the opset version since which it holds.
/// </summary>
internal abstract class Operator
{
    /// <summary>Checks attributes and input shapes, and sets type, shape and (for shape arithmetic) elements of the outputs.</summary>
    /// <exception cref="CompilationException">MODELB1xxx: the node is malformed or asks for something that is not supported.</exception>
    public abstract void Infer(Node node, InferenceContext context);

    /// <summary>The outputs for constant inputs, computed by the plainest means; null where the operator is not folded.</summary>
    /// <remarks>Called only when every present input is constant.</remarks>
    public virtual Tensor[]? Evaluate(Node node) => null;
}
