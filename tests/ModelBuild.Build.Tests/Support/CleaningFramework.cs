using ModelBuild.Build.Tests.Support;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("ModelBuild.Build.Tests.Support." + nameof(CleaningFramework), "ModelBuild.Build.Tests")]

namespace ModelBuild.Build.Tests.Support;

/// <summary>
/// Removes the tests' folder when all of them are done: a published runtime and a folder of packages are too much to leave behind.
/// </summary>
public sealed class CleaningFramework(IMessageSink messages) : XunitTestFramework(messages), IDisposable
{
    /// <summary>
    /// Deletes before it returns. What the base class disposes of, it disposes of later, when the process may have ended.
    /// </summary>
    public new void Dispose()
    {
        Package.Delete();
        base.Dispose();
    }
}
