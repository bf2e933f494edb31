using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>Runs a list of passes over and over until none finds anything to do, and looks at the graph after each that did.</summary>
internal static class PassRunner
{
    /// <summary>A list that has not come to rest after so many rounds has two passes that undo each other.</summary>
    private const int RoundLimit = 1000;

    /// <exception cref="InvalidOperationException">A pass has broken the graph, or the list does not come to rest.</exception>
    public static void Run(IReadOnlyList<IPass> passes, Graph graph, PassContext context)
    {
        string? last = null;
        for (int round = 0; round < RoundLimit; round++)
        {
            bool changed = false;
            foreach (IPass pass in passes)
            {
                if (context.Apply(pass, graph))
                {
                    changed = true;
                    last = pass.GetType().Name;
                }
            }

            if (!changed)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The passes do not come to rest; '{last}' is among those that keep changing the graph.");
    }
}
