namespace ModelBuild.Generator;

/// <summary>The names of the pipeline's steps, by which tests see what was computed again.</summary>
internal static class TrackingNames
{
    public const string Plans = nameof(Plans);

    public const string Names = nameof(Names);

    public const string Runtime = nameof(Runtime);

    public const string Language = nameof(Language);

    public const string Sources = nameof(Sources);
}
