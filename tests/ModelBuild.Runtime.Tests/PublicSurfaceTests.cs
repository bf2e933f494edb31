using System.ComponentModel;
using System.Reflection;

namespace ModelBuild.Runtime.Tests;

/// <summary>Users see the classes of their models, and what these are made with; all else of the runtime is for generated code.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly Type[] s_forUsers = [typeof(ModelOptions)];

    public static TheoryData<Type> Types => [.. typeof(ModelWeights).Assembly.GetExportedTypes().Where(t => !t.IsNested)];

    [Theory]
    [MemberData(nameof(Types))]
    public void PublicType_OfTheRuntime_IsForUsersOrMarkedAsForGeneratedCode(Type type) => Assert.Equal(
        s_forUsers.Contains(type) ? null : EditorBrowsableState.Never, type.GetCustomAttribute<EditorBrowsableAttribute>()?.State);
}
