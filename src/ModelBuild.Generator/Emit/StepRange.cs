using System;
using System.Collections.Generic;
using System.Linq;

namespace ModelBuild.Generator.Emit;

/// <summary>Steps that become one method.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">Behind the last.</param>
/// <param name="Scope">The part of their names that they share: <c>layer2.0</c>; empty where there is none.</param>
internal sealed record StepRange(int Start, int End, string Scope)
{
    /// <summary>So many steps are read at once, and optimized by the JIT.</summary>
    public const int MaximumLength = 32;

    /// <summary>
    /// Cuts a plan where the names of its steps say that a module of the network ends, at the outermost level that gives parts of a
    /// readable length, and after so many steps where names say nothing. A short plan stays whole.
    /// </summary>
    /// <param name="names">Of all steps; exporters separate modules by slashes: <c>/encoder/layer.0/attention/MatMul</c>.</param>
    public static IReadOnlyList<StepRange> Split(IReadOnlyList<string> names)
    {
        var ranges = new List<StepRange>();
        Split([.. names.Select(Modules)], 0, names.Count, 0, ranges);
        return ranges;
    }

    /// <summary>A name without its last part, which is the operator; of a fused step the first name.</summary>
    private static string[] Modules(string name)
    {
        string first = name.Split([" + "], StringSplitOptions.None)[0];
        string[] parts = first.Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Take(parts.Length - 1)];
    }

    private static void Split(string[][] modules, int start, int end, int depth, List<StepRange> ranges)
    {
        if (end - start <= MaximumLength)
        {
            Add(modules, start, end, ranges);
            return;
        }

        if (Enumerable.Range(start, end - start).All(i => modules[i].Length <= depth))
        {
            for (int i = start; i < end; i += MaximumLength)
            {
                Add(modules, i, Math.Min(i + MaximumLength, end), ranges);
            }

            return;
        }

        // Modules that are long are cut further; neighbours that are short share a method.
        int open = start;
        for (int i = start; i < end;)
        {
            int next = i + 1;
            while (next < end && Module(modules[next], depth) == Module(modules[i], depth))
            {
                next++;
            }

            if (next - open > MaximumLength && open < i)
            {
                Add(modules, open, i, ranges);
                open = i;
            }

            if (next - i > MaximumLength)
            {
                Split(modules, i, next, depth + 1, ranges);
                open = next;
            }

            i = next;
        }

        if (open < end)
        {
            Add(modules, open, end, ranges);
        }
    }

    private static string? Module(string[] modules, int depth) => depth < modules.Length ? modules[depth] : null;

    private static void Add(string[][] modules, int start, int end, List<StepRange> ranges)
    {
        int shared = 0;
        while (start < end
            && shared < modules[start].Length
            && Enumerable.Range(start, end - start).All(i => Module(modules[i], shared) == modules[start][shared]))
        {
            shared++;
        }

        // Exporters repeat the outer module in the name of the inner: /layer2/layer2.0. The innermost says it all, if it does.
        string[] scope = [.. modules.Skip(start).Take(1).SelectMany(m => m.Take(shared))];
        ranges.Add(
            new StepRange(
                start, end,
                string.Join("/", scope.Where((m, i) => i + 1 >= scope.Length || !scope[i + 1].StartsWith(m, StringComparison.Ordinal)))));
    }
}
