export type FacesErrorCode = 'no_face_enrolled';
