namespace Microsoft.Build.Framework;

/// <summary>
/// Says that a task depends on nothing that the whole process shares, such as the current directory. MSBuild knows the attribute by its
/// full name, whatever assembly it is in; its own is only in MSBuild 18.6 and later, and older ones could not load a task that refers to
/// it.
/// </summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
