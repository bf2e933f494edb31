using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ModelBuild.Plan;

/// <content>What has to hold between lines, so that code can rely on it.</content>
internal sealed partial class PlanReader
{
    /// <summary>What decides whether and how often steps run is one element of the right type.</summary>
    private void CheckControl(PlanCall call)
    {
        string[] names = [.. call.Arguments.Select(a => a.Name)];
        bool isComplete = call.Target == PlanStep.IfTarget
            ? names.SequenceEqual(["condition"])
            : names.Contains("index") && names.Length > 1 && names.Distinct().Count() == names.Length
                && names.All(n => n is "index" or "trips" or "condition");
        Require(isComplete, call.Target == PlanStep.IfTarget ? "a condition" : "an index, and trips or a condition");
        foreach (PlanNamedArgument argument in call.Arguments)
        {
            (PlanType Type, Dimension Length)? operand = argument.Value switch
            {
                TensorArgument { Tensor: int id } => (_tensors[id].Type, _tensors[id].Length),
                ConstantArgument { Constant: int id } when argument.Name != "index" => (_constants[id].Type, _constants[id].Length),
                _ => null,
            };
            bool fits = operand is (PlanType type, Dimension length)
                ? length.Equals(Dimension.One) && type == (argument.Name == "condition" ? PlanType.Bool : PlanType.S64)
                : argument is { Name: "trips", Value: IntegerArgument };
            Require(fits, $"{argument.Name} of one element");
        }
    }

    /// <summary>A tensor in the caller's memory is a port, or a view of one in another shape.</summary>
    private void CheckViews(List<PlanPort> inputs, List<PlanPort> outputs)
    {
        for (int id = 0; id < _tensors.Count; id++)
        {
            PlanTensor tensor = _tensors[id];
            if (tensor.Location == PlanLocation.Arena)
            {
                continue;
            }

            List<PlanPort> ports = tensor.Location == PlanLocation.Input ? inputs : outputs;
            if (!tensor.Offset.IsConstant || tensor.Offset.Value < 0 || tensor.Offset.Value >= ports.Count)
            {
                throw Error($"tensor {id.ToString(CultureInfo.InvariantCulture)} is in a port that does not exist", _tensorLines[id]);
            }

            PlanTensor port = _tensors[ports[(int)tensor.Offset.Value].Tensor];
            if (tensor.Type != port.Type || !(tensor.Length.Equals(port.Length) || IsBound(tensor) || IsBound(port)))
            {
                throw Error(
                    $"tensor {id.ToString(CultureInfo.InvariantCulture)} differs in type or length from the port that it is a view of",
                    _tensorLines[id]);
            }
        }
    }

    /// <summary>Lengths that steps find out are compared at run time.</summary>
    private bool IsBound(PlanTensor tensor) => tensor.Length.Symbols.Any(_bound.Contains);

    /// <summary>
    /// Bound symbols are first bound in their order, each time the same ones together and in one region, and no region is used before that.
    /// </summary>
    private void CheckBindings(List<string> bound, EquatableArray<PlanStep> steps, bool isComplete)
    {
        var regions = new Dictionary<int, PlanBinding>();
        var found = new List<string>();
        foreach (PlanStep step in steps.SelectMany(s => s.WithInner))
        {
            Require(HighestRegion(step.Call) <= regions.Count, "a step that uses regions of earlier steps only");
            if (step.Binding is not PlanBinding binding)
            {
                continue;
            }

            if (regions.TryGetValue(binding.Region, out PlanBinding? first))
            {
                Require(
                    binding.Bytes.Equals(first.Bytes) && binding.Keeps == first.Keeps
                        && binding.Symbols.Select(s => s.Name).SequenceEqual(first.Symbols.Select(s => s.Name), StringComparer.Ordinal),
                    "what the region has been bound to before");
                continue;
            }

            regions.Add(binding.Region, binding);
            Require(binding.Region == regions.Count, "the next region");
            found.AddRange(binding.Symbols.Select(s => s.Name));
        }

        Require(!isComplete || bound.SequenceEqual(found, StringComparer.Ordinal), "steps that bind the bound symbols in their order");
    }

    private int HighestRegion(PlanArgument argument) => argument switch
    {
        TensorArgument tensor => _tensors[tensor.Tensor].Region,
        ScratchArgument scratch => scratch.Region,
        PlanCall call => call.Arguments.Select(a => HighestRegion(a.Value)).DefaultIfEmpty().Max(),
        _ => 0,
    };

    /// <summary>Code cuts what the caller gives and takes into samples.</summary>
    private void CheckSlice(PlanSlice? slice, int line, List<PlanPort> inputs, List<PlanPort> outputs)
    {
        foreach (PlanPort port in slice is null ? [] : inputs.Concat(outputs))
        {
            EquatableArray<Dimension> shape = _tensors[port.Tensor].Shape;
            bool isWhole = inputs.Contains(port) && !shape.Any(d => d.Symbols.Contains(slice!.Symbol));
            if (!isWhole
                && (shape.Count == 0 || !IsSamples(shape[0], slice!.Symbol) || shape.Skip(1).Any(d => d.Symbols.Contains(slice.Symbol))))
            {
                throw Error($"'{port.Name}' cannot be cut along '{slice!.Symbol}'", line);
            }
        }
    }

    private static bool IsSamples(Dimension dimension, string symbol) =>
        dimension.DivideExactly(Dimension.Symbol(symbol)) is Dimension rest && !rest.Symbols.Contains(symbol);

    /// <summary>Code learns what a symbol is from an input's length in that dimension, so there must be one.</summary>
    private void CheckSymbols(List<string> symbols, List<PlanPort> inputs)
    {
        foreach (KeyValuePair<string, int> use in _usedSymbols)
        {
            if (!_symbols.ContainsKey(use.Key))
            {
                throw Error($"'{use.Key}' is not a symbol of this plan", use.Value);
            }
        }

        foreach (string symbol in symbols)
        {
            var dimension = Dimension.Symbol(symbol);
            if (!inputs.Any(i => _tensors[i.Tensor].Shape.Contains(dimension)))
            {
                throw Error($"no input has symbol '{symbol}' as a dimension", _symbols[symbol]);
            }
        }
    }
}
