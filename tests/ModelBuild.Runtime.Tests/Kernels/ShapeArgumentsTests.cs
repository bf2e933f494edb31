using System.Reflection;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Shapes of kernels: each number of each constructor in turn is less than it may be, and named.</summary>
public sealed class ShapeArgumentsTests
{
    /// <summary>What there may be none of: samples, rows, and padding.</summary>
    private static readonly string[] s_mayBeZero =
    [
        "batch", "steps", "rows", "inner", "columns", "heads", "queries", "keys", "direction", "padTop", "padLeft", "padBottom", "padRight",
        "padFront",
    ];

    public static TheoryData<Type> Shapes =>
        [typeof(ConvolutionShape), typeof(PoolingShape), typeof(GemmShape), typeof(AttentionShape), typeof(RecurrentShape)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Constructor_AnyNumberTooSmall_IsRefusedByName(Type shape)
    {
        ConstructorInfo constructor = Assert.Single(shape.GetConstructors());
        ParameterInfo[] parameters = constructor.GetParameters();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].ParameterType != typeof(int))
            {
                continue;
            }

            int least = Least(parameters[i]);
            Assert.NotNull(constructor.Invoke([.. parameters.Select(Usual)]));
            object[] wrong = [.. parameters.Select(Usual)];
            wrong[i] = least - 1;

            Exception? thrown = Assert.Throws<TargetInvocationException>(() => constructor.Invoke(wrong)).InnerException;

            // A layer of no directions has no first one.
            string? expected = parameters[i].Name is "directions" ? "direction" : parameters[i].Name;
            Assert.Equal(expected, Assert.IsType<ArgumentOutOfRangeException>(thrown).ParamName);
        }
    }

    private static object Usual(ParameterInfo parameter) => parameter.ParameterType == typeof(int) ? Least(parameter) : false;

    private static int Least(ParameterInfo parameter) => s_mayBeZero.Contains(parameter.Name, StringComparer.Ordinal) ? 0 : 1;
}
