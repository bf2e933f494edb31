namespace ModelBuild.Compiler;

/// <summary>Height and width in pixels.</summary>
/// <param name="Height">Of the shorter side, where there is no width.</param>
/// <param name="Width">Null for one number: the shorter side of a resize, both sides of a crop.</param>
public sealed record ImageSize(int Height, int? Width = null);
