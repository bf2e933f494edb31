using System.Diagnostics.CodeAnalysis;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The one check that makes pointers safe inside the kernels: a span is as long as the shape says.</summary>
internal static class SpanGuard
{
    public static void Length(int actual, long expected, string name)
    {
        if (actual != expected)
        {
            Throw(actual, expected, name, "");
        }
    }

    public static void AtLeast(int actual, long expected, string name)
    {
        if (actual < expected)
        {
            Throw(actual, expected, name, " at least");
        }
    }

    [DoesNotReturn]
    private static void Throw(int actual, long expected, string name, string bound)
        => throw new ArgumentException($"'{name}' has {actual} elements; the shape needs{bound} {expected}.", name);
}
