using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// What the compiler knows of an operator, one class each (or one for a family that differs in a formula), registered in
/// <see cref="OperatorRegistry"/> by domain, name and the opset version since which it holds.
/// </summary>
/// <param name="requiredInputs">The first so many inputs must be present.</param>
/// <param name="inputs">The most inputs it takes; <see cref="int.MaxValue"/> where any number goes.</param>
/// <param name="attributes">All attributes it knows. Any other is an error: what is not understood must not be ignored.</param>
internal abstract class Operator(int requiredInputs, int inputs, params (string Name, AttributeKind Kind)[] attributes)
{
    /// <summary>Outputs that are supported, from the first on. Others may stand in a file as long as nobody reads them.</summary>
    public virtual int Outputs => 1;

    /// <summary>Checks attributes and input shapes, and sets type, shape and (for shape arithmetic) elements of the outputs.</summary>
    /// <remarks><see cref="Check"/> has passed, and all inputs have types and shapes.</remarks>
    /// <exception cref="CompilationException">MODELB1xxx: the node is malformed or asks for something that is not supported.</exception>
    public abstract void Infer(Node node, InferenceContext context);

    /// <summary>The outputs for given inputs, computed by the plainest means; null where the operator is not folded.</summary>
    /// <remarks>
    /// <see cref="Infer"/> has passed for inputs of these shapes; symbols may have been numbers' place then, so only the tensors tell
    /// sizes.
    /// </remarks>
    public virtual Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => null;

    /// <summary>Puts a combination of others in the place of a node, where the operator or this form of it is nothing but that.</summary>
    /// <remarks><see cref="CheckInputs"/> has passed.</remarks>
    /// <returns>The nodes that take its place, in the order in which they run; null where the node stays.</returns>
    /// <exception cref="CompilationException">
    /// MODELB1004 or 1005: the node is malformed or asks for something that is not supported.
    /// </exception>
    public virtual IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) => null;

    /// <summary>
    /// How many times more steps <see cref="Evaluate"/> takes than the outputs have elements, roughly: what keeps folding from hanging.
    /// </summary>
    public virtual double WorkPerElement(Node node) => 1;

    /// <summary>Checks that the inputs are there that no node of the operator can do without.</summary>
    public void CheckInputs(Node node, InferenceContext context)
    {
        if (node.Inputs.Count > inputs)
        {
            throw context.Malformed(node, $"has {node.Inputs.Count} inputs, and the operator takes at most {inputs}.");
        }

        for (int i = 0; i < requiredInputs; i++)
        {
            if (node.Input(i) is null)
            {
                throw context.Malformed(node, $"lacks input {i}, which the operator needs.");
            }
        }
    }

    /// <summary>Checks what is the same for all operators: number of inputs and outputs, names and kinds of attributes.</summary>
    public void Check(Node node, InferenceContext context)
    {
        CheckInputs(node, context);
        if (node.Outputs.Take(Outputs).All(o => o is null))
        {
            throw context.Malformed(node, "has no output.");
        }

        if (node.Outputs.Skip(Outputs).Any(o => o is not null))
        {
            throw context.Unsupported(
                node, $"makes more than {Outputs} output{(Outputs == 1 ? string.Empty : "s")} that are read, which is not supported.");
        }

        foreach ((string name, AttributeValue value) in node.Attributes)
        {
            int index = Array.FindIndex(attributes, a => a.Name == name);
            if (index < 0 && !RecurrentCoding.IsInternal(name))
            {
                throw context.Unsupported(node, $"has the attribute '{name}', which is not supported.");
            }

            if (index >= 0 && attributes[index].Kind != value.Kind)
            {
                throw context.Malformed(
                    node, $"has an attribute '{name}' of kind {value.Kind}, and the operator wants {attributes[index].Kind}.");
            }
        }
    }
}
