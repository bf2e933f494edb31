namespace ModelBuild.Compiler.Reports;

/// <summary>An input or output.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Shape">For people: <c>f32 [batch,10]</c>.</param>
internal sealed record ReportPort(string Name, string Shape);
