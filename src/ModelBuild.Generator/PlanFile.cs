using System;
using ModelBuild.Plan;

namespace ModelBuild.Generator;

/// <summary>A plan, or what is wrong with its file. Equal when the texts say the same.</summary>
/// <param name="Plan">Null when it cannot be read.</param>
/// <param name="Path">Where the file lies; empty in a good plan, whose code does not depend on it.</param>
/// <param name="Error">What is wrong; empty in a good plan.</param>
internal sealed record PlanFile(ExecutionPlan? Plan, string Path, string Error)
{
    public static PlanFile Read(string path, string text)
    {
        try
        {
            return new PlanFile(PlanReader.Read(text), "", "");
        }
        catch (FormatException e)
        {
            return new PlanFile(null, path, e.Message);
        }
    }
}
