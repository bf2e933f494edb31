namespace ModelBuild.Runtime.Kernels;

/// <summary>The epilogues there are: the index into a tier's table of them.</summary>
internal enum EpilogueKind
{
    ToUInt8,
    AddToUInt8,
    AddAccumulatorsToUInt8,
    GateToUInt8,
    ToInt32,
    ToFloat32,
    AddToFloat32,
    OffsetToFloat32,
    Store,
    AddAndStore,
}
