using Xunit.Sdk;

namespace ModelBuild.TestSupport;

/// <summary>
/// A theory whose rows may be skipped one by one, each with its reason: what this machine does not have is said, not passed over.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("ModelBuild.TestSupport.SkippingTheoryDiscoverer", "ModelBuild.TestSupport")]
internal abstract class SkippingTheoryAttribute : TheoryAttribute
{
    /// <summary>Why a row cannot be run here; null where it can.</summary>
    public abstract string? ReasonToSkip(object?[] row);
}
