using ModelBuild.Compiler;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>The rows of a theory on models: each in every mode.</summary>
internal static class RoadRows
{
    public static TheoryData<string, ModelMode> InEveryMode(IEnumerable<string> models)
    {
        var rows = new TheoryData<string, ModelMode>();
        foreach (string model in models)
        {
            foreach (ModelMode mode in Modes.All)
            {
                rows.Add(model, mode);
            }
        }

        return rows;
    }
}
