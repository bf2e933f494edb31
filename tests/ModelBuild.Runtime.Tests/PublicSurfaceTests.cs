using System.ComponentModel;
using System.Reflection;

namespace ModelBuild.Runtime.Tests;

/// <summary>Users see the classes of their models; all of the runtime is for these.</summary>
public sealed class PublicSurfaceTests
{
    public static TheoryData<Type> Types => [.. typeof(ModelWeights).Assembly.GetExportedTypes().Where(t => !t.IsNested)];

    [Theory]
    [MemberData(nameof(Types))]
    public void PublicType_OfTheRuntime_IsMarkedAsForGeneratedCode(Type type) =>
        Assert.Equal(EditorBrowsableState.Never, type.GetCustomAttribute<EditorBrowsableAttribute>()?.State);
}
