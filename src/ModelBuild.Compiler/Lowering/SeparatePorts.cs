using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Copies an output that would be the memory of an input, of a constant or of another output: callers give every port its own memory.
/// </summary>
internal sealed class SeparatePorts : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        var taken = new HashSet<Value>(graph.Inputs);
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Value output = graph.Outputs[i];
            Value memory = output;
            while (memory.Producer is { } view && StepWriters.IsView(view))
            {
                memory = view.Required(0);
            }

            if (!memory.IsConstant && taken.Add(memory))
            {
                continue;
            }

            Value copy = graph.NewValue(output.Name, output.Type, output.Shape);
            copy.Quantization = output.Quantization;
            graph.Add(new Node(Domains.Internal, InternalOperators.Copy, output.Name, [output], [copy]));
            (copy.Name, output.Name) = (output.Name, copy.Name);
            graph.Outputs[i] = copy;
            changed = true;
        }

        return changed;
    }
}
