using System.Reflection;

namespace ModelBuild.Training.Checks;

/// <summary>All checks of this assembly, by reflection: LibTorch need not be there to count them.</summary>
public static class CheckList
{
    private static readonly BindingFlags s_static = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static;

    /// <summary>Names of all checks, in ordinal order: class, method, and row where there are several.</summary>
    public static IReadOnlyList<string> Names => [.. All().Select(c => c.Name).Order(StringComparer.Ordinal)];

    /// <summary>Runs checks one after the other.</summary>
    /// <param name="filter">Part of their names.</param>
    /// <param name="report">Gets the name of each and what was wrong; null where nothing was.</param>
    public static void Run(string filter, Action<string, Exception?> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        foreach ((string name, Action run) in All().Where(c => c.Name.Contains(filter, StringComparison.Ordinal))
            .OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            Exception? wrong = null;
            try
            {
                run();
            }
            catch (TargetInvocationException e)
            {
                wrong = e.InnerException;
            }

            report(name, wrong);
        }
    }

    private static IEnumerable<(string Name, Action Run)> All()
    {
        foreach (MethodInfo method in typeof(CheckList).Assembly.GetTypes().SelectMany(t => t.GetMethods(s_static)))
        {
            if (method.GetCustomAttribute<CheckAttribute>() is not { } check)
            {
                continue;
            }

            string name = $"{method.DeclaringType!.Name}.{method.Name}";
            if (check.Rows is null)
            {
                yield return (name, () => method.Invoke(null, []));
                continue;
            }

            foreach (string row in (IEnumerable<string>)method.DeclaringType.GetProperty(check.Rows, s_static)!.GetValue(null)!)
            {
                yield return ($"{name}({row})", () => method.Invoke(null, [row]));
            }
        }
    }
}
