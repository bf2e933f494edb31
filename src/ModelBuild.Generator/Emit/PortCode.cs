using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>How inputs and outputs, and the symbols of their shapes, stand in code.</summary>
internal sealed class PortCode(ExecutionPlan plan, ModelNames names)
{
    /// <summary>All ports, inputs first.</summary>
    public IEnumerable<PlanPort> All => plan.Inputs.Concat(plan.Outputs);

    /// <summary>The dimensions of a port.</summary>
    public EquatableArray<Dimension> Shape(PlanPort port) => plan.Tensors[port.Tensor].Shape;

    /// <summary>The element type of a port in C#.</summary>
    public string Type(PlanPort port) => CSharp.Keyword(plan.Tensors[port.Tensor].Type);

    /// <summary>The parameter or local of a port.</summary>
    public string Variable(PlanPort port) => CSharp.Identifier(names[port].Variable);

    /// <summary>What takes an output of a length that only the run knows.</summary>
    public string Buffer(PlanPort port) => CSharp.Identifier(names[port].Buffer);

    /// <summary>The parameter or local of a symbol.</summary>
    public string Symbol(string symbol) => CSharp.Identifier(names.SymbolVariables[symbol]);

    /// <summary>True when the first dimension is left to the run and all others are known: a batch of samples of one length.</summary>
    public bool IsPerSample(PlanPort port) =>
        Shape(port) is { Count: > 1 } shape && Dimensions.IsSymbol(shape[0]) && shape.Skip(1).All(d => d.IsConstant);

    /// <summary>The number of elements, or of those of one sample, where it is known.</summary>
    public Dimension? FixedLength(PlanPort port)
    {
        Dimension length = plan.Tensors[port.Tensor].Length;
        Dimension? known = IsPerSample(port) ? length.DivideExactly(Shape(port)[0]) : length;
        return known is { IsConstant: true, Value: <= int.MaxValue } ? known : null;
    }
}
