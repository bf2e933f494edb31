using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Copies an output that would be the memory of an input, of a constant or of another output: callers give every port its own memory. So
/// is one that is written before the sizes of its shape are found out: until then there is no memory for it.
/// </summary>
internal sealed class SeparatePorts : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        var taken = new HashSet<Value>(graph.Inputs);
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Value output = graph.Outputs[i];
            Value memory = output;
            bool isEarly = false;
            while (memory.Producer is { } view && view.Traits().IsView)
            {
                isEarly |= Symbols(memory).Except(Symbols(view.Required(0)), StringComparer.Ordinal).Any();
                memory = view.Required(0);
            }

            if (!memory.IsConstant && !isEarly && taken.Add(memory))
            {
                continue;
            }

            Value copy = graph.NewValue(output.Name, output.Type, output.Shape);
            copy.Quantization = output.Quantization;
            // A constant is copied from the weights: views of it are no memory.
            graph.Add(new Node(Domains.Internal, InternalOperators.Copy, output.Name, [memory.IsConstant ? memory : output], [copy]));
            (copy.Name, output.Name) = (output.Name, copy.Name);
            graph.Outputs[i] = copy;
            changed = true;
        }

        return changed;

        static IEnumerable<string> Symbols(Value value) => value.KnownShape.SelectMany(d => d.Symbols);
    }
}
