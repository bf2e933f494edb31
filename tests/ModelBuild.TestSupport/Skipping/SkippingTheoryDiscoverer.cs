using Xunit.Abstractions;
using Xunit.Sdk;

namespace ModelBuild.TestSupport;

/// <summary>Makes skipped tests of the rows that a <see cref="SkippingTheoryAttribute"/> has a reason for.</summary>
internal sealed class SkippingTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute, object[] dataRow)
    {
        var theory = (SkippingTheoryAttribute)((IReflectionAttributeInfo)theoryAttribute).Attribute;
        return theory.ReasonToSkip(dataRow) is { } reason
            ? CreateTestCasesForSkippedDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow, reason)
            : base.CreateTestCasesForDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow);
    }
}
