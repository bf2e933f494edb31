namespace ModelBuild.Training.Checks;

/// <summary>A public static method that throws where something is wrong. ModelBuild.Training.Tests makes a test of each.</summary>
/// <param name="rows">A static property with the names of the rows that the method is called for; null for one call without.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CheckAttribute(string? rows = null) : Attribute
{
    /// <summary>Name of the property.</summary>
    public string? Rows => rows;
}
